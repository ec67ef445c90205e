//! The indexes of `topk`: a contract's resources that hold something, in the hands of callers who are not careful.

use std::time::Duration;
use tenon_host::contracts::topk::{self, Failure, Float32Index, Int8Index, Metric};
use tenon_host::{Config, Engine, FaultKind, Resource, Slot};

const KERNEL: &str = "../../host-go/kernels/topk/topk-1.0.0.wasm";

/// Little memory, so that what is not given back is soon missed.
fn engine() -> Engine {
    Engine::new(&Config {
        memory_limit: 16 << 20,
        ..Config::default()
    })
    .unwrap()
}

fn slot(engine: &Engine) -> Slot<topk::Contract> {
    let kernel = engine.load_file(KERNEL).unwrap();
    let slot = engine.slot("similar").kernel(&kernel).instances(1);
    // An instance that was lost is made again meanwhile.
    slot.max_wait(Duration::from_secs(60)).build().unwrap()
}

/// A megabyte in rows of 64 elements; only the first row has no length.
fn matrix() -> Vec<i8> {
    (0..1_u32 << 20)
        .map(|i| (i / 64 * 7 + i % 64 * (i / 64)) as i8)
        .collect()
}

fn row(matrix: &[i8], at: usize) -> &[i8] {
    &matrix[64 * at..][..64]
}

#[test]
fn an_index_answers_until_it_is_dropped_and_then_holds_nothing() {
    let engine = engine();
    let slot = slot(&engine);
    let matrix = matrix();
    let pin = slot.pin().unwrap();
    for round in 1..=40 {
        let index = pin.int8_index(&matrix, 64, Metric::Cosine).unwrap();
        let index = index.unwrap();
        for at in [round, round + 300] {
            let hits = pin.search_int8_index(&index, row(&matrix, at), 3).unwrap();
            let whole = pin.search_int8(&matrix, 64, row(&matrix, at), Metric::Cosine, 3);
            assert_eq!(hits, whole.unwrap());
            assert!(hits.unwrap()[0].score > 0.999_999);
        }
        if round % 2 == 0 {
            index.close().unwrap();
        }
    }
    drop(pin);
    let stats = slot.stats();
    assert_eq!((stats.leaked, stats.failed, stats.replaced), (0, 0, 0));
}

#[test]
fn an_index_that_is_refused_holds_nothing() {
    let engine = engine();
    let slot = slot(&engine);
    let matrix = matrix();
    let pin = slot.pin().unwrap();
    for _ in 0..40 {
        let refused = pin.int8_index(&matrix[1..], 64, Metric::Dot).unwrap();
        assert_eq!(refused.unwrap_err(), Failure::Matrix((1 << 20) - 1));
        let refused = pin.float32_index(&[0.5; 3], 0, Metric::Dot).unwrap();
        assert_eq!(refused.unwrap_err(), Failure::Dims(0));
    }
    // What an index refuses is an answer, after which it goes on.
    let index = pin.int8_index(&matrix, 64, Metric::Dot).unwrap().unwrap();
    let searched = |query: &[i8], k| pin.search_int8_index(&index, query, k).unwrap();
    assert_eq!(searched(&[1; 63], 1), Err(Failure::Query(63)));
    assert_eq!(searched(&[1; 64], u32::MAX), Err(Failure::K(u32::MAX)));
    assert_eq!(searched(&[1; 64], 0), Ok(Vec::new()));
    assert_eq!(searched(&[1; 64], 2).unwrap().len(), 2);
}

#[test]
fn an_index_beyond_the_memory_ends_those_of_its_pin_and_no_others() {
    let engine = engine();
    let slot = slot(&engine);
    let matrix = matrix();
    let pin = slot.pin().unwrap();
    let mut indexes = Vec::new();
    let fault = loop {
        assert!(indexes.len() < 16, "there is no room for so many");
        match pin.int8_index(&matrix, 64, Metric::Dot) {
            Ok(index) => indexes.push(index.unwrap()),
            Err(fault) => break fault,
        }
    };
    assert_eq!(fault.kind(), FaultKind::Memory, "{fault}");
    assert!(indexes.len() > 4, "{}", indexes.len());
    for index in &indexes {
        let fault = pin.search_int8_index(index, row(&matrix, 0), 1);
        let fault = fault.unwrap_err();
        assert_eq!(fault.kind(), FaultKind::Closed, "{fault}");
        assert_eq!(
            fault.export(),
            "tenon:topk/searcher@1.0.0#[method]int8-index.search"
        );
    }
    drop(indexes);
    drop(pin);
    let hits = slot.call(|k| k.search_int8(&[1, 2], 1, &[1], Metric::Dot, 1));
    assert_eq!(hits.unwrap().unwrap()[0].row, 1);
}

#[test]
fn an_index_of_another_instance_is_refused() {
    let engine = engine();
    let (here, there) = (slot(&engine), slot(&engine));
    let (here, there) = (here.pin().unwrap(), there.pin().unwrap());
    let mine = here.int8_index(&[1, 2], 1, Metric::Dot).unwrap().unwrap();
    let theirs = there.int8_index(&[3, 4], 1, Metric::Dot).unwrap().unwrap();
    let native = Resource::<Int8Index>::native(());
    for foreign in [&theirs, &native] {
        let fault = here.search_int8_index(foreign, &[1], 1).unwrap_err();
        assert_eq!(fault.kind(), FaultKind::Policy, "{fault}");
        assert!(fault.help().contains("the same pin"), "{fault}");
    }
    // All of them are as they were.
    let best = |answer: Result<Result<Vec<topk::Hit>, Failure>, tenon_host::Fault>| {
        answer.unwrap().unwrap()[0].score
    };
    assert_eq!(best(here.search_int8_index(&mine, &[1], 1)), 2.0);
    assert_eq!(best(there.search_int8_index(&theirs, &[1], 1)), 4.0);
}

#[test]
fn indexes_of_both_kinds_live_in_one_pin() {
    let engine = engine();
    let slot = slot(&engine);
    let pin = slot.pin().unwrap();
    let whole = pin.int8_index(&[1, -2], 1, Metric::Dot).unwrap().unwrap();
    let real: Resource<'_, Float32Index> = pin
        .float32_index(&[0.5, f32::NAN, -0.5], 1, Metric::Dot)
        .unwrap()
        .unwrap();
    let rows = |hits: Vec<topk::Hit>| hits.iter().map(|hit| hit.row).collect::<Vec<_>>();
    let hits = pin.search_int8_index(&whole, &[1], 2).unwrap().unwrap();
    assert_eq!(rows(hits), [0, 1]);
    drop(whole);
    // A score that is not a number is no hit.
    let hits = pin.search_float32_index(&real, &[-1.0], 3).unwrap();
    assert_eq!(rows(hits.unwrap()), [2, 0]);
}
