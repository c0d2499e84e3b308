//! Pictures that come in pieces: some sources send each slice as a unit of its own, all with one stamp (N-34).

/// What became of a unit.
#[derive(PartialEq, Eq, Debug)]
pub(crate) enum Taken<T> {
    /// It begins a picture. This is a whole one, if there is any: itself, or the one that was held until now.
    Picture(Option<T>),
    /// It carries on the picture that is held.
    Joined,
    /// It carries on a picture that was given out, or is as long as may be: that picture is torn.
    Torn,
}

/// Puts slices together. Only a source that was seen to send them apart has each picture wait for the one after it.
#[derive(Debug)]
pub(crate) struct Slices<T> {
    most: usize,
    apart: bool,
    /// The stamp of the last unit.
    stamp: Option<u64>,
    held: Option<T>,
    pieces: usize,
}

impl<T> Slices<T> {
    /// Pictures of at most so many pieces.
    pub(crate) fn new(most: usize) -> Self {
        Self { most, apart: false, stamp: None, held: None, pieces: 0 }
    }

    /// Takes a unit whose first slice is, or is not, the first of a picture; `join` says whether a piece could be added.
    pub(crate) fn push(&mut self, unit: T, stamp: u64, begins: bool, join: impl FnOnce(&mut T, T) -> bool) -> Taken<T> {
        let carries_on = !begins && self.stamp == Some(stamp);
        self.stamp = Some(stamp);
        if carries_on {
            let held = self.held.as_mut().filter(|_| self.pieces < self.most);
            if held.is_some_and(|held| join(held, unit)) {
                self.pieces += 1;
                return Taken::Joined;
            }
            self.apart = true;
            return Taken::Torn;
        }
        self.pieces = 1;
        Taken::Picture(if self.apart { self.held.replace(unit) } else { Some(unit) })
    }

    /// The picture that is held.
    pub(crate) fn flush(&mut self) -> Option<T> {
        self.held.take()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn push(slices: &mut Slices<Vec<u8>>, unit: u8, stamp: u64, begins: bool) -> Taken<Vec<u8>> {
        slices.push(vec![unit], stamp, begins, |held, piece| {
            held.extend(piece);
            held.len() <= 4
        })
    }

    #[test]
    fn whole_pictures_wait_for_nothing() {
        let mut slices = Slices::new(8);
        for unit in 0..5 {
            assert_eq!(push(&mut slices, unit, 40 * u64::from(unit), true), Taken::Picture(Some(vec![unit])));
        }
        // Two pictures with one stamp, and one whose slices are in another order, are whole pictures.
        assert_eq!(push(&mut slices, 5, 160, true), Taken::Picture(Some(vec![5])));
        assert_eq!(push(&mut slices, 6, 200, false), Taken::Picture(Some(vec![6])));
        assert_eq!(slices.flush(), None);
    }

    #[test]
    fn slices_that_come_apart_tear_the_first_picture_and_are_put_together_from_the_next_on() {
        let mut slices = Slices::new(8);
        assert_eq!(push(&mut slices, 1, 0, true), Taken::Picture(Some(vec![1])));
        assert_eq!(push(&mut slices, 2, 0, false), Taken::Torn);
        assert_eq!(push(&mut slices, 3, 0, false), Taken::Torn);
        assert_eq!(push(&mut slices, 4, 40, true), Taken::Picture(None));
        assert_eq!(push(&mut slices, 5, 40, false), Taken::Joined);
        assert_eq!(push(&mut slices, 6, 80, true), Taken::Picture(Some(vec![4, 5])));
        assert_eq!(slices.flush(), Some(vec![6]));
    }

    #[test]
    fn a_picture_of_too_many_pieces_or_bytes_is_torn() {
        let mut slices = Slices::new(2);
        push(&mut slices, 1, 0, true);
        push(&mut slices, 2, 0, false);
        push(&mut slices, 3, 40, true);
        let taken: Vec<_> = (4..6).map(|unit| push(&mut slices, unit, 40, false)).collect();
        assert_eq!(taken, [Taken::Joined, Taken::Torn]);
    }
}
