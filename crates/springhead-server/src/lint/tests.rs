//! A lint of servers that do as they should, and of some that do not.

use std::collections::BTreeSet;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::Instant;

use super::*;

/// What a server sends for a path: status, header fields, body.
type Files = fn(&str) -> Option<(&'static str, &'static str, &'static str)>;

/// Serves on loopback, and passes on the lines of each request's head.
async fn serve(files: Files) -> (Url, UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = Url::parse(&format!("http://{}/index", listener.local_addr().unwrap())).unwrap();
    let (lines, asked) = unbounded_channel();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(answer(stream, files, lines.clone()));
        }
    });
    (url, asked)
}

async fn answer(stream: TcpStream, files: Files, heard: UnboundedSender<String>) {
    let mut stream = BufReader::new(stream);
    loop {
        let mut head = Vec::new();
        loop {
            let mut line = String::new();
            match stream.read_line(&mut line).await {
                Ok(0) | Err(_) => return,
                Ok(_) if line == "\r\n" => break,
                Ok(_) => head.push(line.trim_end().to_owned()),
            }
        }
        let Some((method, target)) = head.first().and_then(|line| line.split_once(' ')) else { return };
        let path = target.split_once(' ').map_or(target, |(path, _)| path);
        let (status, fields, body) = files(path).unwrap_or(("404 Not Found", "", ""));
        let (length, body) = (body.len(), if method == "HEAD" { "" } else { body });
        let text = format!(
            "HTTP/1.1 {status}\r\nAccess-Control-Allow-Origin: *\r\n{fields}Content-Length: {length}\r\n\r\n{body}"
        );
        head.into_iter().for_each(|line| drop(heard.send(line)));
        if stream.write_all(text.as_bytes()).await.is_err() {
            return;
        }
    }
}

/// The rules that a lint of so many milliseconds finds broken.
async fn lint_for(url: &Url, millis: u64) -> BTreeSet<&'static str> {
    let until = Instant::now() + Duration::from_millis(millis);
    let session = Session { client: Client::new(), report: Report::new(true), until };
    check(&session, url).await.unwrap();
    session.report.rules()
}

const HLS: &str = "Content-Type: application/vnd.apple.mpegurl\r\n";
const TS: &str = "Content-Type: video/mp2t\r\n";

fn rules<const N: usize>(ids: [&'static str; N]) -> BTreeSet<&'static str> {
    BTreeSet::from(ids)
}

#[tokio::test]
async fn what_is_neither_a_playlist_nor_an_mpd_cannot_be_checked() {
    let (url, _) = serve(|path| (path == "/index").then_some(("200 OK", "", "<html>"))).await;
    let session = Session { client: Client::new(), report: Report::new(true), until: Instant::now() };
    assert!(matches!(check(&session, &url).await, Err(LintError::Unknown(_))));
    assert!(matches!(
        check(&session, &url.join("none").unwrap()).await,
        Err(LintError::Fetch(FetchError::Status(_, 404)))
    ));
}

#[tokio::test]
async fn segments_of_mpeg_ts_are_held_to_what_their_playlist_says() {
    let (url, _) = serve(|path| match path {
        "/index" => Some(("200 OK", HLS, "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\na.ts\n#EXT-X-ENDLIST\n")),
        "/a.ts" => Some(("200 OK", TS, "G")),
        _ => None,
    })
    .await;
    assert_eq!(lint_for(&url, 0).await, rules([]));
    let (url, _) = serve(|path| match path {
        "/index" => Some(("200 OK", HLS, "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:0,\na.ts\n#EXT-X-ENDLIST\n")),
        _ => None,
    })
    .await;
    assert_eq!(lint_for(&url, 0).await, rules(["H-08", "W-09"]), "a duration of zero, and a segment that is not there");
}

#[tokio::test]
async fn byte_ranges_are_asked_for_as_such() {
    let (url, mut asked) = serve(|path| match path {
        "/index" => Some((
            "200 OK",
            HLS,
            "#EXTM3U\n#EXT-X-VERSION:4\n#EXT-X-TARGETDURATION:2\n#EXT-X-BYTERANGE:10@5\n#EXTINF:2,\na.ts\n\
             #EXT-X-BYTERANGE:7\n#EXTINF:2,\na.ts\n#EXT-X-ENDLIST\n",
        )),
        "/a.ts" => Some(("200 OK", TS, "GGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGGG")),
        _ => None,
    })
    .await;
    assert_eq!(lint_for(&url, 0).await, rules(["W-06"]), "the server has no ranges");
    let mut ranges = Vec::new();
    while let Ok(line) = asked.try_recv() {
        ranges.extend(line.strip_prefix("range: ").map(str::to_owned));
    }
    assert_eq!(ranges, ["bytes=5-14", "bytes=15-21"]);
}

/// A live playlist that promises to block.
const BLOCKING: &str = "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES\n\
    #EXTINF:1,\na.ts\n#EXTINF:1,\nb.ts\n#EXTINF:1,\nc.ts\n";

#[tokio::test]
async fn a_server_that_promises_to_block_and_does_not_is_found() {
    let (url, asked) = serve(|path| match path {
        "/a.ts" | "/b.ts" | "/c.ts" => Some(("200 OK", TS, "G")),
        _ if path.starts_with("/index") => Some(("200 OK", HLS, BLOCKING)),
        _ => None,
    })
    .await;
    let found = lint_for(&url, 1_000).await;
    assert_eq!(found, rules(["D-02", "D-06", "D-12"]));
    assert!(asked.len() < 200, "a server that does not hold requests is not flooded");
}
