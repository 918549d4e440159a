//! Identity documents for emulated readers.

use crate::card::Layout;

/// Length of a stored portrait, in bytes.
pub const PHOTO_LENGTH: usize = 1024;

const TEXT_LENGTH: usize = 256;
const SPACE: [u8; 2] = [0x20, 0x00];

/// An identity document for an emulated reader. Its holder does not exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmulatedIdentity {
    /// Layout of the text block.
    pub layout: Layout,
    /// Chinese name of the holder.
    pub name: String,
    /// Name in Latin letters (foreign permanent resident cards).
    pub english_name: String,
    /// Sex code (GB/T 2261.1).
    pub sex: String,
    /// Ethnic group code (mainland layout).
    pub ethnic_group: String,
    /// Birth date, as `YYYYMMDD`.
    pub birth: String,
    /// Address (mainland layout and residence permit).
    pub address: String,
    /// Number of the holder.
    pub number: String,
    /// Issuer; its code in the foreign layout of 2017.
    pub issuer: String,
    /// First day of validity, as `YYYYMMDD`.
    pub valid_from: String,
    /// Last day of validity, as `YYYYMMDD`, or `长期`.
    pub valid_to: String,
    /// Number of the travel permit (residence permit).
    pub pass_number: String,
    /// Number of issues or renewals.
    pub issue_count: String,
    /// Country code (foreign permanent resident cards).
    pub country: String,
    /// Address added after issue, if any.
    pub added_address: Option<String>,
    /// Bytes of the portrait. WLT has no open encoder, so the default is a pattern that no library
    /// turns into a face.
    pub photo: Vec<u8>,
    /// Fingerprint block, as a reader would send it on request.
    pub fingerprint: Vec<u8>,
}

impl EmulatedIdentity {
    /// Returns a synthetic holder with a valid check digit for this layout.
    #[must_use]
    pub fn synthetic(layout: Layout) -> Self {
        let mainland = Self {
            layout: Layout::Mainland,
            name: "测试样例".to_owned(),
            english_name: String::new(),
            sex: "2".to_owned(),
            ethnic_group: "01".to_owned(),
            birth: "19491231".to_owned(),
            address: "上海市样例区测试路1号".to_owned(),
            number: "11010519491231002X".to_owned(),
            issuer: "上海市公安局样例分局".to_owned(),
            valid_from: "20200101".to_owned(),
            valid_to: "20400101".to_owned(),
            pass_number: String::new(),
            issue_count: String::new(),
            country: String::new(),
            added_address: None,
            photo: (0..PHOTO_LENGTH).map(|index| (index % 251) as u8).collect(),
            fingerprint: vec![0xF1; 1024],
        };
        match layout {
            Layout::Mainland => mainland,
            Layout::HongKongMacaoTaiwan => Self {
                layout,
                number: "810000199001010019".to_owned(),
                birth: "19900101".to_owned(),
                sex: "1".to_owned(),
                pass_number: "H00000000".to_owned(),
                issue_count: "01".to_owned(),
                valid_to: "20250101".to_owned(),
                ..mainland
            },
            Layout::ForeignPermanentResident2023 => Self {
                layout,
                english_name: "SAMPLE, TESTINA MAXIMILIANA ELISABETH".to_owned(),
                number: "911031199001010018".to_owned(),
                birth: "19900101".to_owned(),
                sex: "1".to_owned(),
                issue_count: "00".to_owned(),
                country: "UTO".to_owned(),
                valid_to: "20300101".to_owned(),
                ..mainland
            },
            Layout::ForeignPermanentResident2017 => Self {
                layout,
                english_name: "SAMPLE, TESTINA".to_owned(),
                number: "UTO310090010101".to_owned(),
                birth: "19900101".to_owned(),
                sex: "1".to_owned(),
                issuer: "1500".to_owned(),
                country: "UTO".to_owned(),
                valid_to: "20270101".to_owned(),
                ..mainland
            },
        }
    }

    /// Returns the text block of this document. Values too long for their field are cut off, as
    /// on real cards.
    #[must_use]
    pub fn text_block(&self) -> [u8; TEXT_LENGTH] {
        let mut block = Block(SPACE.repeat(TEXT_LENGTH / 2));
        match self.layout {
            Layout::Mainland => self.mainland(&mut block),
            Layout::HongKongMacaoTaiwan => self.residence_permit(&mut block),
            Layout::ForeignPermanentResident2023 => self.foreign_2023(&mut block),
            Layout::ForeignPermanentResident2017 => self.foreign_2017(&mut block),
        }
        let mut text = [0; TEXT_LENGTH];
        text.copy_from_slice(&block.0);
        text
    }

    /// Returns the added address as a reader sends it.
    #[must_use]
    pub fn added_address_block(&self) -> Option<Vec<u8>> {
        const ADDED_ADDRESS_LENGTH: usize = 70;
        let mut block = Block(SPACE.repeat(ADDED_ADDRESS_LENGTH / 2));
        block.put(0, ADDED_ADDRESS_LENGTH, self.added_address.as_ref()?);
        Some(block.0)
    }

    fn mainland(&self, block: &mut Block) {
        self.body(block);
        block.put(32, 4, &self.ethnic_group);
        block.put(52, 70, &self.address);
        block.put(158, 30, &self.issuer);
    }

    fn residence_permit(&self, block: &mut Block) {
        self.body(block);
        block.put(52, 70, &self.address);
        block.put(158, 30, &self.issuer);
        block.put(220, 18, &self.pass_number);
        block.put(238, 4, &self.issue_count);
        block.put(248, 2, "J");
    }

    fn foreign_2023(&self, block: &mut Block) {
        self.body(block);
        let head: String = self.english_name.chars().take(35).collect();
        let tail: String = self.english_name.chars().skip(35).collect();
        block.put(32, 4, &self.issue_count);
        block.put(52, 70, &head);
        block.put(220, 22, &tail);
        block.put(242, 6, &self.country);
        block.put(248, 2, "Y");
    }

    fn body(&self, block: &mut Block) {
        block.put(0, 30, &self.name);
        block.put(30, 2, &self.sex);
        block.put(36, 16, &self.birth);
        block.put(122, 36, &self.number);
        block.put(188, 16, &self.valid_from);
        block.put(204, 16, &self.valid_to);
    }

    fn foreign_2017(&self, block: &mut Block) {
        block.put(0, 120, &self.english_name);
        block.put(120, 2, &self.sex);
        block.put(122, 30, &self.number);
        block.put(152, 6, &self.country);
        block.put(158, 30, &self.name);
        block.put(188, 16, &self.valid_from);
        block.put(204, 16, &self.valid_to);
        block.put(220, 16, &self.birth);
        block.put(236, 4, "00");
        block.put(240, 8, &self.issuer);
        block.put(248, 2, "I");
    }
}

struct Block(Vec<u8>);

impl Block {
    fn put(&mut self, offset: usize, length: usize, text: &str) {
        for (place, unit) in self.0[offset..offset + length].chunks_exact_mut(2).zip(text.encode_utf16()) {
            place.copy_from_slice(&unit.to_le_bytes());
        }
    }
}
