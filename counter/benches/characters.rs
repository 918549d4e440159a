//! Searching all characters: each way, as a clerk types it. The search must feel immediate (20 ms).

use counter::characters::{Query, find};
use criterion::{Criterion, criterion_group, criterion_main};
use std::hint::black_box;

fn search(criterion: &mut Criterion) {
    let queries = [
        ("code point", Query::CodePoint("U+20087")),
        ("components, rare", Query::Components("龙天")),
        ("components, nothing found", Query::Components("龙龙龙龙龙")),
        ("radical", Query::Radical { radical: 85, strokes: Some(30) }),
        ("reading", Query::Reading("yan3")),
    ];
    for (name, query) in queries {
        criterion.bench_function(&format!("characters by {name}"), |bencher| {
            bencher.iter(|| find(black_box(&query)))
        });
    }
}

criterion_group!(benches, search);
criterion_main!(benches);
