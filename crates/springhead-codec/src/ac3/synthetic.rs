//! Syncframes of Enhanced AC-3 that no encoder at hand makes: the header by the syntax of ETSI TS 102 366 §E.1.2 and ETSI
//! TS 103 420 §8.3, and zeros after it.

use crate::bits::BitWriter;

/// What the header says.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Eac3 {
    pub(crate) strmtyp: u8,
    pub(crate) substreamid: u8,
    pub(crate) bytes: usize,
    pub(crate) fscod: u8,
    pub(crate) fscod2: u8,
    pub(crate) numblkscod: u8,
    pub(crate) acmod: u8,
    pub(crate) lfe: bool,
    pub(crate) bsmod: u8,
    pub(crate) chanmap: Option<u16>,
    /// Every field that `mixmdate` may announce.
    pub(crate) mixing: bool,
    /// Every field that `infomdate` may announce.
    pub(crate) information: bool,
    pub(crate) convsync: bool,
    pub(crate) complexity: Option<u8>,
}

impl Eac3 {
    pub(crate) const MONO: Self = Self {
        strmtyp: 0,
        substreamid: 0,
        bytes: 64,
        fscod: 0,
        fscod2: 0,
        numblkscod: 3,
        acmod: 1,
        lfe: false,
        bsmod: 5,
        chanmap: None,
        mixing: false,
        information: false,
        convsync: false,
        complexity: None,
    };

    /// 5.1 with joint object coding of 16 objects, at 448 kbit/s.
    pub(crate) const ATMOS: Self = Self { bytes: 1792, acmod: 7, lfe: true, complexity: Some(16), ..Self::MONO };

    pub(crate) fn to_bytes(self) -> Vec<u8> {
        let mut w = BitWriter::new();
        w.bits(0x0b77, 16).bits(self.strmtyp.into(), 2).bits(self.substreamid.into(), 3);
        w.bits((self.bytes / 2 - 1) as u64, 11).bits(self.fscod.into(), 2);
        w.bits(if self.fscod == 3 { self.fscod2 } else { self.numblkscod }.into(), 2);
        w.bits(self.acmod.into(), 3).flag(self.lfe).bits(16, 5);
        for _ in 0..if self.acmod == 0 { 2 } else { 1 } {
            w.bits(31, 5).flag(true).bits(0, 8);
        }
        if self.strmtyp == 1 {
            w.flag(self.chanmap.is_some());
            if let Some(map) = self.chanmap {
                w.bits(map.into(), 16);
            }
        }
        w.flag(self.mixing);
        if self.mixing {
            self.write_mixing(&mut w);
        }
        w.flag(self.information);
        if self.information {
            // bsmod, copyrightb, origbs.
            w.bits(self.bsmod.into(), 3).bits(0, 2);
            if self.acmod == 2 {
                w.bits(0, 4);
            }
            if self.acmod >= 6 {
                w.bits(0, 2);
            }
            for _ in 0..if self.acmod == 0 { 2 } else { 1 } {
                w.flag(true).bits(0, 8);
            }
            if self.fscod < 3 {
                w.bits(0, 1);
            }
        }
        let six = self.fscod == 3 || self.numblkscod == 3;
        if self.strmtyp == 0 && !six {
            w.flag(self.convsync);
        }
        if self.strmtyp == 2 {
            if !six {
                w.flag(true);
            }
            w.bits(0, 6);
        }
        w.flag(self.complexity.is_some());
        if let Some(complexity) = self.complexity {
            // addbsil, then 7 reserved bits, flag_ec3_extension_type_a, complexity_index_type_a.
            w.bits(1, 6).bits(0, 7).flag(true).bits(complexity.into(), 8);
        }
        let mut frame = w.into_bytes();
        frame.resize(self.bytes, 0);
        frame
    }

    fn write_mixing(&self, w: &mut BitWriter) {
        if self.acmod > 2 {
            w.bits(0, 2);
        }
        if self.acmod & 1 == 1 && self.acmod > 2 {
            w.bits(0, 3).bits(0, 3);
        }
        if self.acmod & 4 != 0 {
            w.bits(0, 3).bits(0, 3);
        }
        if self.lfe {
            w.flag(true).bits(0, 5);
        }
        if self.strmtyp != 0 {
            return;
        }
        for _ in 0..if self.acmod == 0 { 3 } else { 2 } {
            w.flag(true).bits(0, 6);
        }
        // mixdef 3 with mixdeflen 1.
        w.bits(3, 2).bits(1, 5).bits(0, 24);
        for _ in self.acmod..2 {
            w.flag(true).bits(0, 14);
        }
        w.flag(true);
        match [1, 2, 3, 6][usize::from(if self.fscod == 3 { 3 } else { self.numblkscod })] {
            1 => _ = w.bits(0, 5),
            blocks => (0..blocks).for_each(|_| _ = w.flag(true).bits(0, 5)),
        }
    }
}
