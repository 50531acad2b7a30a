use std::collections::BTreeMap;

use super::Bed;
use super::fault::{self, Fault, Faulty};
use crate::commit::Outcome;
use crate::system::Disk;

#[test]
fn killed_anywhere_every_profile_is_old_or_new_after_recovery() {
    let mut seen = BTreeMap::new();
    for step in 0.. {
        let bed = Bed::new();
        let faulty = Faulty::new(Fault::Kill, step, fault::ALL);
        let ended = faulty.run(|system| bed.run(system, &bed.journal(), bed.group())).is_some();
        let what = format!("killed at step {step} ({})", faulty.last());
        bed.stores_are_whole(&what);
        let recovered = bed.recover(&Disk::new());
        assert!(recovered.iter().all(Result::is_ok), "{what}: {recovered:?}");
        let new = bed.new_ones(&what);
        bed.journal_agrees(new, &what);
        let finished = recovered.iter().flatten().filter(|recovered| recovered.outcome == Outcome::Finished).count();
        if ended {
            assert_eq!((new, finished), ([true; 3], 0));
            break;
        }
        assert_eq!(finished, new.iter().filter(|new| **new).count(), "{what}");
        *seen.entry(new).or_insert(0) += 1;
    }
    assert_eq!(seen.keys().map(|new| new.map(u8::from)).collect::<Vec<_>>(), [[0, 0, 0], [1, 0, 0], [1, 1, 0], [1, 1, 1]]);
}

#[test]
fn a_recovery_that_is_killed_can_be_tried_again() {
    // Within the first profile's renames.
    let publish = 2;
    for step in 0.. {
        let bed = Bed::new();
        Faulty::new(Fault::Kill, publish, &["publish"]).run(|system| bed.run(system, &bed.journal(), bed.group()));
        let faulty = Faulty::new(Fault::Kill, step, fault::ALL);
        let ended = faulty.run(|system| bed.recover(system)).is_some();
        let what = format!("recovery killed at step {step} ({})", faulty.last());
        bed.stores_are_whole(&what);
        assert!(bed.recover(&Disk::new()).iter().all(Result::is_ok), "{what}");
        assert_eq!(bed.new_ones(&what), [false; 3]);
        bed.journal_agrees([false; 3], &what);
        if ended {
            assert!(step > 20);
            break;
        }
    }
}

#[test]
fn one_error_anywhere_costs_one_profile_at_most() {
    for step in 0.. {
        let bed = Bed::new();
        let faulty = Faulty::new(Fault::Once, step, fault::ALL);
        let (_, results) = faulty.run(|system| bed.run(system, &bed.journal(), bed.group())).unwrap();
        let what = format!("an error at step {step} ({})", faulty.last());
        let failed = results.iter().filter(|result| result.is_err()).count();
        assert!(failed <= 1, "{what}: {results:?}");
        assert!(bed.recover(&Disk::new()).iter().all(Result::is_ok), "{what}");
        let new = bed.new_ones(&what);
        assert_eq!(new.to_vec(), results.iter().map(Result::is_ok).collect::<Vec<_>>(), "{what}");
        bed.journal_agrees(new, &what);
        if faulty.last() == "none" {
            assert_eq!(failed, 0);
            break;
        }
    }
}

#[test]
fn a_disk_that_dies_leaves_whole_stores_and_says_so() {
    for step in 0.. {
        let bed = Bed::new();
        let faulty = Faulty::new(Fault::Dead, step, fault::WRITES);
        let (_, results) = faulty.run(|system| bed.run(system, &bed.journal(), bed.group())).unwrap();
        let what = format!("no writes from step {step} ({})", faulty.last());
        bed.stores_are_whole(&what);
        if faulty.last() == "none" {
            assert_eq!(results, [Ok(()), Ok(()), Ok(())]);
            break;
        }
        assert!(results.iter().any(Result::is_err), "{what}");
        let recovered = bed.recover(&Disk::new());
        assert!(recovered.iter().all(Result::is_ok), "{what}: {recovered:?}");
        let new = bed.new_ones(&what);
        bed.journal_agrees(new, &what);
    }
}
