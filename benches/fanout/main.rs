//! What does it cost to hand one unit to a thousand readers, and to join?
//!
//! | part | question | what is measured |
//! |---|---|---|
//! | `asleep` | 1000 tasks sleep, a unit of 4 KiB comes each millisecond | the publisher's time for it, how long deliveries take, the CPU time of one |
//! | `alone` | what of a delivery is ours | to lie down, to wake and to receive, in one thread without a runtime |
//! | `awake` | 1, 10 and 1000 readers are there and none waits | the publisher's time |
//! | `burst` | 1000 readers, 64 units at once | deliveries a second |
//! | `join` | a reader comes in a group of 120 and of 1200 pictures | until it has its first unit; and the publisher's time while 1000 a second come |
//! | `fanout-memory` (a bench of its own) | 1000 and 100 000 readers sleep | bytes for each beyond its bare task |
//!
//! Two layouts of the runtime: `stealing` is tokio's own, two threads that take work from each other; `pinned` is two
//! runtimes of one thread, with half of the readers each. The publisher is a task of the first thread. Before each unit every
//! reader is asleep, and that is checked, not hoped for: a task counts itself in the poll in which it goes to sleep.
//!
//! Everything is run five times, by turns, and the medians are shown: only ratios taken inside one run count.
//!
//! ```text
//! cargo xtask bench fanout
//! ```
#![allow(missing_docs, reason = "the entry point of a bench")]
#![allow(clippy::print_stdout, reason = "a table is what it is for")]

mod alone;
mod asleep;
mod awake;
mod burst;
mod join;
mod layout;
mod limit;
mod ours;
mod rivals;
mod table;

/// How often each is run.
const REPEATS: usize = 5;

fn main() {
    let only: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    let parts: [(&str, fn()); 5] = [
        ("asleep", asleep::run),
        ("alone", alone::run),
        ("awake", awake::run),
        ("burst", burst::run),
        ("join", join::run),
    ];
    for (name, part) in parts {
        if only.is_empty()
            || only.iter().any(|filter| "fanout".contains(filter.as_str()) || name.contains(filter.as_str()))
        {
            part();
        }
    }
}
