//! Checks playlists, MPDs and CMAF against the rules
