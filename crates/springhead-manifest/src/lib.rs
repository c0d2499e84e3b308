//! HLS playlists and DASH MPDs as typed models that render and parse
