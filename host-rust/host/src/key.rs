//! The key of a call, and where it stands when calls are divided.

/// What divides calls between two versions: calls with one key go to one version for as long as the share stays.
///
/// It is kept as its position: the 64-bit FNV-1a hash of the key's bytes, mixed by `h ^= h >> 33`, `h *= 0xff51afd7ed558ccd`,
/// `h ^= h >> 33`, `h *= 0xc4ceb9fe1a85ec53`, `h ^= h >> 33`; the upper 53 bits are the digits of a fraction. That is the same on
/// every host, in every process and release: `wit/vectors/routing.json` has examples.
///
/// ```
/// use tenon_host::Key;
///
/// let key = Key::new("user-17");
/// assert_eq!(key, "user-17".into());
/// assert!((0.0..1.0).contains(&key.position()));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Key {
    position: f64,
    /// Whether it is the empty text, which is no key.
    none: bool,
}

impl Key {
    /// The key of a text. The empty text is no key: its calls go to the version that serves.
    pub fn new(text: &str) -> Key {
        let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        let hash = (hash ^ hash >> 33).wrapping_mul(0xff51_afd7_ed55_8ccd);
        let hash = (hash ^ hash >> 33).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
        let hash = hash ^ hash >> 33;
        // 53 bits are what a fraction has, so nothing is rounded.
        Key {
            position: (hash >> 11) as f64 / (1_u64 << 53) as f64,
            none: text.is_empty(),
        }
    }

    /// Where it stands, from 0 up to but not 1. [`Slot::divide`](crate::Slot::divide) sends the keys below
    /// its share to the staged version, so that a share that grows takes no key back.
    pub fn position(self) -> f64 {
        self.position
    }

    /// Whether its calls are of a share.
    pub(crate) fn is_below(self, share: f64) -> bool {
        !self.none && self.position < share
    }
}

impl From<&str> for Key {
    fn from(text: &str) -> Key {
        Key::new(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_spread_evenly() {
        let below = |share: f64| {
            let keys = (0..10_000).map(|user| Key::new(&format!("user-{user}")));
            keys.filter(|key| key.is_below(share)).count()
        };
        for percent in [1, 10, 50, 90] {
            let found = below(f64::from(percent) / 100.0).abs_diff(percent as usize * 100);
            assert!(found < 150, "{percent} %: {found} off");
        }
        assert_eq!(below(1.0), 10_000);
    }

    #[test]
    fn no_key_is_below_any_share() {
        assert!(!Key::new("").is_below(1.0));
    }
}
