//! The gate lets two decodes run, a few wait, and answers the rest at once.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use bonafide_faces::photo::{DecodeGate, GateFull};

#[test]
fn w14_no_more_decodes_run_than_the_gate_allows() {
    const CALLERS: usize = 16;
    let gate = DecodeGate::new(2, CALLERS);
    let (running, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
    thread::scope(|scope| {
        for _ in 0..CALLERS {
            scope.spawn(|| {
                for _ in 0..100 {
                    let permit = gate.enter().unwrap();
                    most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    thread::yield_now();
                    running.fetch_sub(1, Ordering::SeqCst);
                    drop(permit);
                }
            });
        }
    });
    assert!((1..=2).contains(&most.load(Ordering::SeqCst)));
}

#[test]
fn a_full_gate_answers_at_once_and_opens_again() {
    let gate = DecodeGate::new(1, 0);
    let permit = gate.enter().unwrap();
    assert_eq!(gate.enter().err(), Some(GateFull { waiting_max: 0 }));
    drop(permit);
    assert!(gate.enter().is_ok());
}

#[test]
fn a_decode_that_panics_gives_its_place_back() {
    let gate = DecodeGate::new(1, 0);
    let outcome = thread::scope(|scope| {
        scope
            .spawn(|| {
                let _permit = gate.enter().unwrap();
                panic!("as a decoder might");
            })
            .join()
    });
    assert!(outcome.is_err());
    assert!(gate.enter().is_ok());
}
