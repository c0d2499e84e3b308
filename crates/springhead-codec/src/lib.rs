//! Bitstreams: parameter sets, configuration records, RFC 6381 strings, random access, framing
