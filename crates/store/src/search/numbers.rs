//! A set of numbers in ascending order; most sets have one.

/// Members of a word, or words of a text.
pub(super) enum Numbers {
    One(u32),
    Many(Vec<u32>),
}

impl Numbers {
    pub(super) fn none() -> Self {
        Self::Many(Vec::new())
    }

    pub(super) fn as_slice(&self) -> &[u32] {
        match self {
            Self::One(number) => std::slice::from_ref(number),
            Self::Many(numbers) => numbers,
        }
    }

    pub(super) fn insert(&mut self, number: u32) {
        match self {
            Self::One(one) if *one == number => {}
            Self::One(one) => *self = Self::Many(vec![number.min(*one), number.max(*one)]),
            Self::Many(numbers) if numbers.is_empty() => *self = Self::One(number),
            // The numbers mostly come in ascending order.
            Self::Many(numbers) if numbers.last().is_some_and(|last| *last < number) => numbers.push(number),
            Self::Many(numbers) => {
                if let Err(place) = numbers.binary_search(&number) {
                    numbers.insert(place, number);
                }
            }
        }
    }

    pub(super) fn remove(&mut self, number: u32) {
        match self {
            Self::One(one) if *one == number => *self = Self::none(),
            Self::One(_) => {}
            Self::Many(numbers) => {
                if let Ok(place) = numbers.binary_search(&number) {
                    numbers.remove(place);
                }
                // A set that was large once must not stay so.
                if numbers.len() * 4 < numbers.capacity() {
                    numbers.shrink_to(numbers.len() * 2);
                }
            }
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.as_slice().is_empty()
    }

    pub(super) fn heap_bytes(&self) -> usize {
        match self {
            Self::One(_) => 0,
            Self::Many(numbers) => numbers.capacity() * size_of::<u32>(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Numbers;

    #[test]
    fn it_stays_sorted_and_without_doubles() {
        let mut numbers = Numbers::none();
        assert!(numbers.is_empty());
        for number in [5, 5, 9, 1, 7, 9, 1] {
            numbers.insert(number);
        }
        assert_eq!(numbers.as_slice(), [1, 5, 7, 9]);
        for number in [4, 9, 1, 5, 7, 7] {
            numbers.remove(number);
        }
        assert!(numbers.is_empty());
        numbers.insert(3);
        assert_eq!((numbers.as_slice(), numbers.heap_bytes()), (&[3][..], 0));
    }
}
