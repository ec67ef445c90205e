//! The inputs, the same at every call.

/// Steele, Lea and Flood's SplitMix64.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new() -> Self {
        Self(0x7465_6e6f_6e6c_6f6f)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    /// A double in 0..1.
    pub(crate) fn fraction(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// Bytes of every value.
pub(crate) fn bytes(count: usize) -> Vec<u8> {
    let mut random = Random::new();
    (0..count).map(|_| random.next() as u8).collect()
}

const WORDS: [&str; 32] = [
    "request",
    "from",
    "user",
    "the",
    "error",
    "timeout",
    "of",
    "GET",
    "POST",
    "connection",
    "was",
    "closed",
    "by",
    "peer",
    "after",
    "retry",
    "session",
    "token",
    "in",
    "cache",
    "miss",
    "for",
    "key",
    "warning",
    "disk",
    "full",
    "on",
    "node",
    "service",
    "denied",
    "to",
    "login",
];

/// Words and numbers in lines, as logs have them; at least `size` bytes.
pub(crate) fn log(size: usize) -> String {
    let mut random = Random::new();
    let mut text = String::new();
    while text.len() < size {
        for _ in 0..6 + random.below(8) {
            text.push_str(WORDS[random.below(WORDS.len())]);
            text.push(' ');
        }
        text.push_str(&random.below(100_000).to_string());
        text.push('\n');
    }
    text
}

/// Words of several scripts; at least `size` bytes.
pub(crate) fn scripts(size: usize) -> String {
    const SCRIPTS: [&str; 8] = [
        "plain ascii words ",
        "Grüße ",
        "naïve café ",
        "Привет ",
        "日本語 ",
        "καλημέρα ",
        "🦀🔥 ",
        "more ascii, ",
    ];
    let mut random = Random::new();
    let mut text = String::new();
    while text.len() < size {
        text.push_str(SCRIPTS[random.below(SCRIPTS.len())]);
    }
    text
}

/// A JSON array of objects; at least `size` bytes.
pub(crate) fn document(size: usize) -> String {
    let mut random = Random::new();
    let mut text = String::from("[");
    while text.len() < size {
        if text.len() > 1 {
            text.push_str(",\n  ");
        }
        let (word, other) = (WORDS[random.below(32)], WORDS[random.below(32)]);
        text.push_str(&format!(
            r#"{{"id": {}, "name": "{word} \"{other}\" \u00e9\n", "score": -{}.{}e-3, "tags": ["{other}", true, null], "at": {{"x": {}}}}}"#,
            random.below(1_000_000),
            random.below(100),
            random.below(1_000),
            random.below(10),
        ));
    }
    text.push(']');
    text
}
