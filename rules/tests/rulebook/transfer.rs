//! The transfer file of a long outage, and what is sealed to the centre (C3).

use crate::support::{desk_key, issuers, key};
use rules::{
    At, DeviceNumber,
    correction::Digest,
    issuing::{IssueError, Issuers, Purpose, RevokedIssuer, RevokedIssuers, Trust},
    keys::{Class, DeskKey, Signed, Signer as _, SoftwareKey},
    sealing::{OpeningKey, SealError, SealedHeader, seal, sealing_key},
    transfer::{LIMIT_BYTES, Part, TransferBlob, TransferError, TransferFile},
};
use sm2::elliptic_curve::rand_core::{TryCryptoRng, TryRng};
use std::convert::Infallible;

const CENTRE: [u8; 32] = [41; 32];
const DESK: (DeviceNumber, u32) = (DeviceNumber(7), 1);

/// Every byte another one, the same in each run.
struct Counting(u8);

impl TryRng for Counting {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        self.0 = self.0.wrapping_add(1);
        Ok(self.0.into())
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.try_next_u32().map(u64::from)
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for byte in bytes {
            self.0 = self.0.wrapping_add(1);
            *byte = self.0;
        }
        Ok(())
    }
}

impl TryCryptoRng for Counting {}

fn centre() -> SoftwareKey {
    SoftwareKey::from_bytes(&CENTRE).unwrap()
}

fn opening() -> OpeningKey {
    OpeningKey::from_bytes(&CENTRE).unwrap()
}

fn sealed() -> Vec<u8> {
    seal(&centre().public_key(), DESK, b"a name", &mut Counting(0)).unwrap()
}

fn scan(bytes: &[u8]) -> Part {
    let digest = Digest::of(bytes);
    Part::Blob(TransferBlob { digest, media_type: "image/jpeg".into(), bytes: bytes.to_vec() })
}

fn file_of(parts: &[Part], issuers: &Issuers, desk: DeskKey) -> TransferFile {
    let certificate = issuers.sign(desk, At(0)).unwrap();
    let to = centre().public_key();
    TransferFile::seal(parts, (certificate, &key(2)), &to, At(5), &mut Counting(0)).unwrap()
}

fn file() -> Vec<u8> {
    let parts = [scan(b"scan"), scan(b"another")];
    file_of(&parts, &issuers(1), desk_key(&key(2), Class::Live)).encode().unwrap()
}

fn trust() -> Trust {
    Trust::of(key(1).public_key())
}

#[test]
fn c3_what_is_sealed_opens_with_the_centres_key_alone() {
    let sealed = sealed();
    let header = SealedHeader { key_id: centre().key_id(), device: DeviceNumber(7), epoch: 1 };
    assert_eq!(SealedHeader::read(&sealed), Ok(header));
    let (said, plain) = opening().open(&sealed).unwrap();
    assert_eq!((said, plain.as_slice()), (header, b"a name".as_slice()));
    let another = OpeningKey::from_bytes(&[42; 32]).unwrap();
    assert_eq!(another.open(&sealed).unwrap_err(), SealError::AnotherKey);
    // Who writes their own key's identifier over it opens nothing.
    let renamed = [&[1], another.key_id().0.as_slice(), &sealed[9..]].concat();
    assert_eq!(another.open(&renamed).unwrap_err(), SealError::Altered);
    assert_eq!(format!("{another:?}"), format!("OpeningKey({})", another.key_id()));
}

#[test]
fn c3_s12_every_byte_of_what_is_sealed_counts() {
    let sealed = sealed();
    for at in 0..sealed.len() {
        let mut altered = sealed.clone();
        altered[at] ^= 1;
        let expected = match at {
            0 => SealError::Foreign,
            1..=8 => SealError::AnotherKey,
            _ => SealError::Altered,
        };
        assert_eq!(opening().open(&altered).unwrap_err(), expected, "byte {at}");
    }
    // 17 of the header, 129 of the wrapped key, 24 of the nonce, 16 of the tag.
    for length in 0..170 {
        assert_eq!(opening().open(&sealed[..length]).unwrap_err(), SealError::Foreign, "{length} bytes");
    }
    for length in 170..sealed.len() {
        assert_eq!(opening().open(&sealed[..length]).unwrap_err(), SealError::Altered, "{length} bytes");
    }
}

#[test]
fn c3_a_sealing_key_is_one_of_the_root_for_this_purpose_and_class_and_not_taken_back() {
    let issuers = issuers(1);
    let record = |purpose| &issuers.get(purpose).unwrap().record;
    let of_sealing = record(Purpose::Sealing);
    assert_eq!(sealing_key(of_sealing, &trust(), Class::Live), Ok(&of_sealing.value.public_key));
    let another = Trust::of(key(9).public_key());
    assert_eq!(sealing_key(of_sealing, &another, Class::Live), Err(IssueError::Issuer));
    assert_eq!(sealing_key(of_sealing, &trust(), Class::Practice), Err(IssueError::Purpose));
    assert_eq!(sealing_key(record(Purpose::Codes), &trust(), Class::Live), Err(IssueError::Purpose));
    let keys = vec![RevokedIssuer { key_id: of_sealing.value.public_key.key_id(), since: At(9) }];
    let list = RevokedIssuers { version: 1, class: Class::Live, keys };
    let mut trust = trust();
    trust.take(&Signed::sign(list, &key(1)).unwrap()).unwrap();
    assert_eq!(sealing_key(of_sealing, &trust, Class::Live), Err(IssueError::Revoked));
}

#[test]
fn c3_a_transfer_file_shows_a_carrier_whose_it_is_and_the_centre_what_it_holds() {
    let bytes = file();
    let file = TransferFile::read(&bytes).unwrap();
    assert_eq!(file.verify(&trust()).unwrap().public_key, key(2).public_key());
    assert_eq!((file.manifest.sealing_key, file.manifest.made_at), (centre().key_id(), At(5)));
    assert!(file.manifest.parts.iter().all(|part| part.operations.is_none()));
    assert!(!bytes.windows(4).any(|window| window == b"scan"));
    let opened: Vec<Part> = file.parts.iter().map(|part| Part::open(part, &[opening()]).unwrap()).collect();
    assert_eq!(opened, [scan(b"scan"), scan(b"another")]);
    assert_eq!(Part::open(&file.parts[0], &[]), Err(TransferError::AnotherKey));
    assert_eq!(file.encode().unwrap(), bytes);
}

#[test]
fn c3_s12_a_transfer_file_that_is_cut_or_changed_is_refused() {
    let file = file();
    let read = |bytes: &[u8]| TransferFile::read(bytes).and_then(|file| file.verify(&trust()).map(|_| ()));
    assert_eq!(read(&file), Ok(()));
    for at in 0..file.len() {
        let mut altered = file.clone();
        altered[at] ^= 1;
        let refused = read(&altered).unwrap_err();
        assert!(
            matches!(refused, TransferError::Damaged | TransferError::Foreign | TransferError::TooLarge),
            "byte {at}: {refused}"
        );
        assert!(read(&file[..at]).is_err(), "{at} bytes");
    }
    assert_eq!(read(&vec![0; LIMIT_BYTES + 1]), Err(TransferError::TooLarge));
    assert_eq!(read(b"SSCARRY1 of an earlier format"), Err(TransferError::Damaged));
}

#[test]
fn c3_a_transfer_file_of_another_centre_is_foreign() {
    let bytes = file_of(&[scan(b"scan")], &issuers(3), desk_key(&key(2), Class::Live)).encode().unwrap();
    let file = TransferFile::read(&bytes).unwrap();
    assert_eq!(file.verify(&trust()), Err(TransferError::Foreign));
    // The desk of the certificate did not sign it.
    let bytes = file_of(&[scan(b"scan")], &issuers(1), desk_key(&key(4), Class::Live)).encode().unwrap();
    let file = TransferFile::read(&bytes).unwrap();
    assert_eq!(file.verify(&trust()), Err(TransferError::Damaged));
}

#[test]
fn c3_a_scan_under_another_digest_is_no_part() {
    let Part::Blob(blob) = scan(b"scan") else { panic!("a scan") };
    let renamed = Part::Blob(TransferBlob { digest: Digest::of(b"another"), ..blob });
    let sealed = renamed.seal(&centre().public_key(), DESK, &mut Counting(0)).unwrap();
    assert_eq!(Part::open(&sealed, &[opening()]), Err(TransferError::Damaged));
    let nothing = seal(&centre().public_key(), DESK, b"no part", &mut Counting(0)).unwrap();
    assert_eq!(Part::open(&nothing, &[opening()]), Err(TransferError::Damaged));
}

/// Sealed by OpenSSL's SM2 and another XChaCha20-Poly1305. The content key is the bytes 0 to 31.
const BY_OTHERS: &str = "01b78a009c5e4458ad00000007000000010415164b254c4fd8437dcc428db76e9c4f9b6ed397ac89e8ce1a4397e117917787a2d61954d136480427dddb9d60b9552098a27aef6c51c04af46e26fa529301dcaf5a55ca3a932138500e9f499c14957da0f22b1f6c0369bb31707a635a3d69b8a4de676f1a3d0077bd504426454ff58125822e4e0a8f0b890dc34ea5b076e7826465666768696a6b6c6d6e6f707172737475767778797a7b1d5397d1924b85252c2988e1601b64737b6bfcd71c85";

#[test]
fn c3_what_other_programs_sealed_opens() {
    let (header, plain) = opening().open(&rules::hex::decode(BY_OTHERS).unwrap()).unwrap();
    assert_eq!((header.device, header.epoch), DESK);
    assert_eq!(plain.as_slice(), b"a name");
}

#[test]
fn s12_debug_output_of_a_transfer_hides_its_blobs() {
    let said = format!("{:?}", scan(b"scan"));
    assert_eq!(said, "Blob(TransferBlob(image/jpeg, 4 bytes))", "no bytes of a scan in a log");
}
