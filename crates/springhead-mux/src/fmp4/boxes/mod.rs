//! The boxes, one file each, named as the standard names them. Each knows how it is written, how it is read, or both.

pub(crate) mod avc1;
pub(crate) mod btrt;
pub(crate) mod colr;
pub(crate) mod dinf;
pub(crate) mod elng;
pub(crate) mod elst;
pub(crate) mod esds;
pub(crate) mod ftyp;
pub(crate) mod hdlr;
pub(crate) mod mdhd;
pub(crate) mod mfhd;
pub(crate) mod mp4a;
pub(crate) mod mvhd;
pub(crate) mod nmhd;
pub(crate) mod pasp;
pub(crate) mod prft;
pub(crate) mod sidx;
pub(crate) mod smhd;
pub(crate) mod stbl;
pub(crate) mod stsd;
pub(crate) mod tfdt;
pub(crate) mod tfhd;
pub(crate) mod tkhd;
pub(crate) mod trex;
pub(crate) mod trun;
pub(crate) mod vmhd;
