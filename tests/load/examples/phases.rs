#![allow(warnings, clippy::all)]
#[path = "../../../central/tests/common/desk.rs"]
mod desk;
use desk::*;
use rules::{
    At,
    life::Action,
    op::{self, OpBody},
    wire::PushRequest,
};
use std::time::Instant;
fn time<T>(what: &str, n: u32, mut f: impl FnMut() -> T) {
    let mut best = f64::MAX;
    for _ in 0..5 {
        let b = Instant::now();
        for _ in 0..n {
            std::hint::black_box(f());
        }
        best = best.min(b.elapsed().as_secs_f64() / f64::from(n));
    }
    println!("{what}: {:.1} us ({:.2} us/op)", best * 1e6, best * 1e6 / 200.0);
}
fn main() {
    let mut d = Desk::new(5, 1);
    let mut ops = vec![];
    for i in 0..100 {
        let h = senior(i);
        let o = d.issue(&h, Action::Apply, MORNING, None);
        let p = OpBody::Printed { serial: serial_of(&o), good: true };
        ops.push(o);
        ops.push(d.operation(&h.citizen_ref, MORNING, p));
    }
    let req = d.push(ops);
    let json = serde_json::to_vec(&req).unwrap();
    println!("json {} bytes, cbor {} bytes", json.len(), op::canonical(&req.batch).len());
    time("json parse", 50, || serde_json::from_slice::<PushRequest>(&json).unwrap());
    time("canonical batch", 50, || op::canonical(&req.batch));
    time("chain check", 50, || req.batch.check().unwrap());
    let key = d.key.public_key_();
    let bytes = op::canonical(&req.batch);
    let sig = central::hex::decode(&req.signature).unwrap();
    time("sm2 verify + sm3 of batch", 20, || key.verify(&bytes, &sig).unwrap());
    time("sm2 verify small", 20, || {
        let s = sig.clone();
        key.verify(b"abc", &s).is_ok()
    });
    use rules::keys::Signer;
    time("sm2 sign small", 20, || d.key.sign(b"abc").unwrap());
    time("json text each", 50, || {
        req.batch.ops.iter().map(|o| serde_json::to_string(o).unwrap()).collect::<Vec<_>>()
    });
    time("bucket each", 50, || {
        req.batch.ops.iter().map(|o| central::sync::citizen_of(o).bucket() as u32).sum::<u32>()
    });
    let texts: Vec<String> = req.batch.ops.iter().map(|o| serde_json::to_string(o).unwrap()).collect();
    time("json parse each", 50, || {
        texts.iter().map(|t| serde_json::from_str::<op::Operation>(t).unwrap()).collect::<Vec<_>>()
    });
}
trait K {
    fn public_key_(&self) -> rules::keys::PublicKey;
}
impl K for rules::keys::SoftwareKey {
    fn public_key_(&self) -> rules::keys::PublicKey {
        use rules::keys::Signer;
        self.public_key()
    }
}
