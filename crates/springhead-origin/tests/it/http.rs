//! HTTP, rfc8216bis §6.2.1 and Appendix B, and RFC 9110, over real sockets.

use std::io::Read;

use http::StatusCode;

use crate::server::{Answer, Server, ask, request};

const PLAYLIST: &str = "/live/cam/v1/index.m3u8";

#[tokio::test(start_paused = true)]
async fn playlists_are_gzipped_for_who_takes_it_and_media_never() {
    let server = Server::live().await;
    for path in ["/live/cam/index.m3u8", PLAYLIST, "/live/cam/manifest.mpd", "/live/cam/v1/index.m3u8?token=x"] {
        let plain = server.get(path).await;
        let coded = server.send("GET", path, &[("accept-encoding", "br, gzip;q=0.5")]).await;
        assert_eq!(
            (plain.header("content-encoding"), coded.header("content-encoding")),
            (None, Some("gzip")),
            "{path}"
        );
        assert_eq!((plain.header("vary"), coded.header("vary")), (Some("Accept-Encoding"), Some("Accept-Encoding")));
        let mut text = String::new();
        flate2::read::GzDecoder::new(&*coded.body).read_to_string(&mut text).unwrap();
        assert_eq!(text, plain.text());
    }
    for path in ["/live/cam/v1/init-0.mp4", "/live/cam/v1/1.m4s", "/live/cam/v1/part-0-3.m4s"] {
        let media = server.send("GET", path, &[("accept-encoding", "gzip")]).await;
        assert_eq!((media.status, media.header("content-encoding")), (StatusCode::OK, None), "{path}");
    }
}

#[tokio::test(start_paused = true)]
async fn types_and_cross_origin_headers_are_those_that_players_need() {
    let server = Server::live().await;
    for (path, kind) in [
        ("/live/cam/index.m3u8", "application/vnd.apple.mpegurl"),
        (PLAYLIST, "application/vnd.apple.mpegurl"),
        ("/live/cam/manifest.mpd", "application/dash+xml"),
        ("/live/cam/live.mpd", "application/dash+xml"),
        ("/live/cam/v1/init-0.mp4", "video/mp4"),
        ("/live/cam/v1/1.m4s", "video/mp4"),
        ("/live/cam/a2/1.m4s", "audio/mp4"),
        ("/api/broadcasts", "application/json"),
        ("/time", "text/plain; charset=utf-8"),
    ] {
        assert_eq!(server.get(path).await.header("content-type"), Some(kind), "{path}");
    }
    for (method, path) in [("GET", PLAYLIST), ("GET", "/live/cam/v1/99999.m4s"), ("OPTIONS", PLAYLIST), ("GET", "/no")]
    {
        let answer = server.send(method, path, &[("origin", "https://elsewhere.example")]).await;
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"), "{method} {path}");
        let exposed = answer.header("access-control-expose-headers").unwrap();
        for name in ["Date", "Age", "Content-Length", "Content-Range"] {
            assert!(exposed.split(", ").any(|exposed| exposed == name), "{name} in {exposed}");
        }
    }
    let preflight = server.send("OPTIONS", PLAYLIST, &[("access-control-request-headers", "range")]).await;
    assert_eq!(preflight.status, StatusCode::NO_CONTENT);
    assert!(preflight.header("access-control-allow-headers").unwrap().contains("Range"));
}

#[tokio::test(start_paused = true)]
async fn cache_lifetimes_are_those_of_the_low_latency_profile_and_no_age_is_stated() {
    let server = Server::live().await;
    let target = server.snapshot().timing.target_duration;
    let (live, _) = server.edge();
    for (path, expected) in [
        (PLAYLIST.to_owned(), format!("public, max-age={}", target / 2)),
        (format!("{PLAYLIST}?_HLS_msn={}", live - 1), format!("public, max-age={}", target * 6)),
        (format!("{PLAYLIST}?_HLS_msn={}", live + 9), format!("public, max-age={}", target * 4)),
        ("/live/cam/v9/index.m3u8".to_owned(), format!("public, max-age={target}")),
        ("/live/cam/v1/99999.m4s".to_owned(), format!("public, max-age={target}")),
        ("/live/cam/v1/1.m4s".to_owned(), format!("public, max-age={}, immutable", target * 6)),
        ("/live/cam/v1/part-0-3.m4s".to_owned(), format!("public, max-age={}, immutable", target * 6)),
    ] {
        let answer = server.get(&path).await;
        assert_eq!(answer.header("cache-control"), Some(&*expected), "{path}");
        assert_eq!(answer.header("age"), None);
        assert!(answer.header("date").is_some());
    }
}

#[tokio::test(start_paused = true)]
async fn http_2_is_spoken_with_prior_knowledge_and_playlists_are_more_urgent_than_media() {
    let server = Server::live().await;
    for (path, urgency) in [
        (PLAYLIST, "u=1"),
        ("/live/cam/manifest.mpd", "u=1"),
        ("/live/cam/a2/1.m4s", "u=2"),
        ("/live/cam/v1/1.m4s", "u=3"),
    ] {
        let response = ask(server.address, true, request(server.address, "GET", path, &[])).await;
        assert_eq!(response.version(), http::Version::HTTP_2);
        let answer = Answer::read(response).await;
        assert_eq!((answer.status, answer.header("priority")), (StatusCode::OK, Some(urgency)), "{path}");
        assert_eq!(answer.body, server.get(path).await.body);
    }
}

#[tokio::test(start_paused = true)]
async fn ranges_are_served_in_every_form() {
    let server = Server::live().await;
    let path = "/live/cam/v1/1.m4s";
    let whole = server.get(path).await;
    assert_eq!(whole.header("accept-ranges"), Some("bytes"));
    let len = whole.body.len();
    for (range, from, to) in [
        ("bytes=0-99", 0, 100),
        ("bytes=100-", 100, len),
        ("bytes=-50", len - 50, len),
        ("bytes=100-9007199254740991", 100, len),
    ] {
        let part = server.send("GET", path, &[("range", range)]).await;
        assert_eq!(part.status, StatusCode::PARTIAL_CONTENT, "{range}");
        assert_eq!(part.header("content-range"), Some(&*format!("bytes {from}-{}/{len}", to - 1)));
        assert_eq!(part.body, whole.body.slice(from..to));
    }
    let beyond = server.send("GET", path, &[("range", &format!("bytes={len}-"))]).await;
    assert_eq!(beyond.status, StatusCode::RANGE_NOT_SATISFIABLE);
    assert_eq!(beyond.header("content-range"), Some(&*format!("bytes */{len}")));
    assert_eq!(beyond.header("cache-control"), Some("no-store"));
    let conditional = server.send("GET", path, &[("range", "bytes=0-9"), ("if-range", "\"x\"")]).await;
    assert_eq!((conditional.status, conditional.body), (StatusCode::OK, whole.body));
}

#[tokio::test(start_paused = true)]
async fn head_matches_get_in_both_versions_and_entity_tags_are_honoured() {
    let server = Server::live().await;
    let (live, _) = server.edge();
    let growing = format!("/live/cam/v1/{live}.m4s");
    for path in [PLAYLIST, "/live/cam/manifest.mpd", "/live/cam/v1/1.m4s", "/no", "/", "/page/player.js", &growing] {
        for two in [false, true] {
            let head = Answer::read(ask(server.address, two, request(server.address, "HEAD", path, &[])).await).await;
            let get = ask(server.address, two, request(server.address, "GET", path, &[])).await;
            assert!(head.body.is_empty() && head.status == get.status(), "{path}");
            for name in ["content-type", "cache-control", "etag", "content-length"] {
                assert_eq!(head.headers.get(name), get.headers().get(name), "{name} of {path}, HTTP/2: {two}");
            }
        }
    }
    for (path, coding) in
        [(PLAYLIST, "identity"), (PLAYLIST, "gzip"), ("/live/cam/manifest.mpd", "gzip"), ("/", "identity")]
    {
        let first = server.send("GET", path, &[("accept-encoding", coding)]).await;
        let etag = first.header("etag").expect("a tag");
        let again = server.send("GET", path, &[("accept-encoding", coding), ("if-none-match", etag)]).await;
        assert_eq!((again.status, again.body.len(), again.header("etag")), (StatusCode::NOT_MODIFIED, 0, Some(etag)));
        let other = server.send("GET", path, &[("accept-encoding", coding), ("if-none-match", "\"0\"")]).await;
        assert_eq!((other.status, other.body), (StatusCode::OK, first.body.clone()));
    }
}

#[tokio::test(start_paused = true)]
async fn unknown_media_is_answered_with_404_that_lists_what_is_live() {
    let server = Server::live().await;
    for path in
        ["/live/cam/v1/99999.m4s", "/live/cam/v1/part-0-99999.m4s", "/live/cam/v1/init-7.mp4", "/live/cam/x/1.m4s"]
    {
        assert_eq!(server.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    for path in
        ["/live/cma/index.m3u8", "/hls/cam/stream.ts", "/live/cam/v1/../../../etc/passwd", "/%00", "/page/none.js"]
    {
        let answer = server.get(path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert!(answer.text().contains("/live/cam/index.m3u8"), "{}", answer.text());
    }
}

#[tokio::test(start_paused = true)]
async fn aliases_lead_on_and_keep_the_query() {
    let server = Server::live().await;
    for (alias, place) in [
        ("/live/cam", "/live/cam/"),
        ("/live/cam.m3u8?token=a%2F", "/live/cam/index.m3u8?token=a%2F"),
        ("/live/cam/master.m3u8?_HLS_skip=YES&x", "/live/cam/index.m3u8?_HLS_skip=YES&x"),
        ("/live/cam.mpd", "/live/cam/manifest.mpd"),
    ] {
        let answer = server.get(alias).await;
        assert_eq!((answer.status, answer.header("location")), (StatusCode::TEMPORARY_REDIRECT, Some(place)));
    }
}

#[tokio::test(start_paused = true)]
async fn the_token_of_a_viewer_is_on_every_uri_and_what_they_name_is_there() {
    let server = Server::live().await;
    let text = server.get(&format!("{PLAYLIST}?token=s3")).await.text();
    let mut count = 0;
    for line in text.lines() {
        let uri = match line.split_once("URI=\"") {
            Some((_, rest)) => rest.split('"').next().unwrap(),
            None if line.starts_with('#') || line.is_empty() => continue,
            None => line,
        };
        assert!(uri.ends_with("?token=s3"), "{line}");
        if !line.starts_with("#EXT-X-PRELOAD-HINT") && !uri.starts_with("..") {
            assert_eq!(server.get(&format!("/live/cam/v1/{uri}")).await.status, StatusCode::OK, "{uri}");
            count += 1;
        }
    }
    assert!(count > 5);
}

#[tokio::test(start_paused = true)]
async fn the_time_is_one_that_players_of_utc_timing_read() {
    let server = Server::new(crate::server::options(), Default::default()).await;
    let answer = server.get("/time").await;
    let text = answer.text();
    // To the millisecond, in UTC: a form of xs:dateTime.
    let fraction = text.strip_prefix("2026-11-21T10:13:21.").and_then(|rest| rest.strip_suffix('Z'));
    assert!(fraction.is_some_and(|ms| ms.len() == 3 && ms.bytes().all(|b| b.is_ascii_digit())), "{text}");
    assert_eq!(answer.header("cache-control"), Some("no-store"));
}

#[tokio::test(start_paused = true)]
async fn the_page_and_its_files_run_no_script_but_their_own() {
    let server = Server::live().await;
    for (path, kind) in [
        ("/", "text/html; charset=utf-8"),
        ("/live/cam/", "text/html; charset=utf-8"),
        ("/page/player.js", "text/javascript; charset=utf-8"),
        ("/page/vendor/hls.min.js", "text/javascript; charset=utf-8"),
        ("/page/style.css", "text/css; charset=utf-8"),
    ] {
        let answer = server.get(path).await;
        assert_eq!((answer.status, answer.header("content-type")), (StatusCode::OK, Some(kind)), "{path}");
        assert!(answer.header("content-security-policy").unwrap().starts_with("default-src 'self'"));
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        let etag = answer.header("etag").unwrap();
        assert_eq!(server.send("GET", path, &[("if-none-match", etag)]).await.status, StatusCode::NOT_MODIFIED);
    }
    assert_eq!(server.get("/page/vendor/update.mjs").await.status, StatusCode::NOT_FOUND);
}
