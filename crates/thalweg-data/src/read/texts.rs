//! A column of text in the making: each distinct text is stored once.
//!
//! Arrow's own builder hashes every cell. Most cells are one of a few words, so a small table of the texts
//! seen last answers for most of them with one comparison.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::types::Int32Type;
use arrow_array::{DictionaryArray, Int32Array, StringArray};

/// A power of two, so that a remainder is a mask.
const RECENT: usize = 256;
/// The key of a missing cell.
const MISSING: i32 = -1;

pub(super) struct Texts {
    keys: Vec<i32>,
    distinct: Vec<Arc<str>>,
    index: HashMap<Arc<str>, i32>,
    recent: [i32; RECENT],
}

impl Texts {
    /// A column that begins with so many missing cells.
    pub(super) fn new(missing: usize) -> Texts {
        Texts {
            keys: vec![MISSING; missing],
            distinct: Vec::new(),
            index: HashMap::new(),
            recent: [MISSING; RECENT],
        }
    }

    pub(super) fn push_missing(&mut self) {
        self.keys.push(MISSING);
    }

    pub(super) fn push(&mut self, cell: &[u8]) {
        let slot = slot(cell);
        let recent = self.recent[slot];
        if recent != MISSING && self.distinct[recent as usize].as_bytes() == cell {
            self.keys.push(recent);
            return;
        }
        let key = self.key(cell);
        self.recent[slot] = key;
        self.keys.push(key);
    }

    fn key(&mut self, cell: &[u8]) -> i32 {
        // The whole file has been checked, so nothing is lost.
        let text = String::from_utf8_lossy(cell);
        if let Some(&key) = self.index.get(text.as_ref()) {
            return key;
        }
        let key = self.distinct.len() as i32;
        let text: Arc<str> = text.into();
        self.distinct.push(Arc::clone(&text));
        self.index.insert(text, key);
        key
    }

    pub(super) fn finish(self) -> DictionaryArray<Int32Type> {
        let valid = |key: i32| (key != MISSING).then_some(key);
        let keys: Int32Array = self.keys.into_iter().map(valid).collect();
        let texts: StringArray = self
            .distinct
            .iter()
            .map(|text| Some(text.as_ref()))
            .collect();
        DictionaryArray::new(keys, Arc::new(texts))
    }
}

/// Where a text stands among the recent ones: different words should differ in their length or in one of
/// three letters.
fn slot(cell: &[u8]) -> usize {
    let at = |index: usize| cell.get(index).copied().map_or(0, usize::from);
    let (first, middle, last) = (at(0), at(cell.len() / 2), at(cell.len().saturating_sub(1)));
    (7 * cell.len() + 31 * first + 17 * middle + 131 * last) % RECENT
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow_array::Array;

    #[test]
    fn every_text_is_found_again() {
        let words: Vec<String> = (0..5000)
            .map(|row| format!("w{}", row * row % 997))
            .collect();
        let mut texts = Texts::new(1);
        for word in &words {
            texts.push(word.as_bytes());
        }
        texts.push_missing();
        let array = texts.finish();
        assert_eq!((array.len(), array.null_count()), (5002, 2));
        let read: Vec<_> = array
            .downcast_dict::<StringArray>()
            .unwrap()
            .into_iter()
            .collect();
        for (word, read) in words.iter().zip(&read[1..]) {
            assert_eq!(Some(word.as_str()), *read);
        }
        assert!(array.values().len() <= 997);
    }
}
