//! Which way up a picture is, as its Exif data say.

use crate::Sides;
use crate::geometry::Plan;
use crate::picture::Picture;

/// How a stored picture is made upright: exchanged about its diagonal first, then mirrored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Orientation {
    /// Rows become columns.
    pub(crate) transposed: bool,
    /// Left and right of the upright picture are exchanged.
    across: bool,
    /// Top and bottom of the upright picture are exchanged.
    down: bool,
}

impl Orientation {
    /// The orientation that Exif data name, from the TIFF header on; as stored where they name none.
    pub(crate) fn of_exif(exif: Option<&[u8]>) -> Orientation {
        let (transposed, across, down) = match exif.and_then(tag) {
            Some(2) => (false, true, false),
            Some(3) => (false, true, true),
            Some(4) => (false, false, true),
            Some(5) => (true, false, false),
            Some(6) => (true, true, false),
            Some(7) => (true, true, true),
            Some(8) => (true, false, true),
            _ => (false, false, false),
        };
        Orientation {
            transposed,
            across,
            down,
        }
    }

    /// The upright sides of a picture that is stored with the given ones, and the other way round.
    pub(crate) fn sides(self, sides: Sides) -> Sides {
        if self.transposed {
            sides.turned()
        } else {
            sides
        }
    }

    /// The plan for a picture as it is stored, of the plan for it as it is upright.
    pub(crate) fn stored(self, mut plan: Plan, upright: Sides) -> Plan {
        let part = &mut plan.part;
        if self.across {
            part.left = f64::from(upright.width) - part.left - part.width;
        }
        if self.down {
            part.top = f64::from(upright.height) - part.top - part.height;
        }
        if self.transposed {
            (part.left, part.top) = (part.top, part.left);
            (part.width, part.height) = (part.height, part.width);
            plan.result = plan.result.turned();
        }
        plan
    }

    /// The stored picture, upright.
    pub(crate) fn turn(self, picture: Picture) -> Picture {
        if self == Orientation::default() {
            return picture;
        }
        let pixel = picture.channels.bytes() as usize;
        let stored = picture.sides;
        let sides = self.sides(stored);
        let mut data = Vec::with_capacity(picture.data.len());
        for y in 0..sides.height {
            let y = if self.down { sides.height - 1 - y } else { y };
            for x in 0..sides.width {
                let x = if self.across { sides.width - 1 - x } else { x };
                let (column, row) = if self.transposed { (y, x) } else { (x, y) };
                let at = (row as usize * stored.width as usize + column as usize) * pixel;
                data.extend_from_slice(&picture.data[at..at + pixel]);
            }
        }
        Picture {
            sides,
            data,
            ..picture
        }
    }
}

/// The tag Orientation of the first directory of a TIFF structure.
fn tag(tiff: &[u8]) -> Option<u16> {
    const ORIENTATION: u16 = 0x0112;
    const SHORT: u16 = 3;
    let little = match tiff.get(..4)? {
        b"II*\0" => true,
        b"MM\0*" => false,
        _ => return None,
    };
    let short = |at: usize| {
        let bytes = *tiff.get(at..)?.first_chunk()?;
        Some(if little {
            u16::from_le_bytes(bytes)
        } else {
            u16::from_be_bytes(bytes)
        })
    };
    let long = |at: usize| {
        let bytes = *tiff.get(at..)?.first_chunk()?;
        let long = if little {
            u32::from_le_bytes(bytes)
        } else {
            u32::from_be_bytes(bytes)
        };
        usize::try_from(long).ok()
    };
    let directory = long(4)?;
    for entry in 0..usize::from(short(directory)?) {
        let at = directory.checked_add(2 + 12 * entry)?;
        if short(at)? == ORIENTATION {
            return if short(at + 2)? == SHORT {
                short(at + 8)
            } else {
                None
            };
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Part;
    use crate::picture::Channels;

    fn exif(orientation: u8) -> [u8; 26] {
        let mut tiff = *b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\0\0\0\0\0\0\0";
        tiff[19] = orientation;
        tiff
    }

    /// The picture `abc/def` as each orientation stores it, by the definition of the tag: where its row 0 and column 0 lie.
    const STORED: [(u8, &[u8], u32); 8] = [
        (1, b"abcdef", 3),
        (2, b"cbafed", 3),
        (3, b"fedcba", 3),
        (4, b"defabc", 3),
        (5, b"adbecf", 2),
        (6, b"cfbead", 2),
        (7, b"fcebda", 2),
        (8, b"daebfc", 2),
    ];

    #[test]
    fn each_orientation_is_turned_upright() {
        for (orientation, stored, width) in STORED {
            let picture = Picture {
                channels: Channels::Gray,
                sides: Sides {
                    width,
                    height: 6 / width,
                },
                data: stored.to_vec(),
            };
            let upright = Orientation::of_exif(Some(&exif(orientation))).turn(picture);
            assert_eq!(upright.data, b"abcdef", "{orientation}");
            assert_eq!(
                upright.sides,
                Sides {
                    width: 3,
                    height: 2
                }
            );
        }
    }

    /// Cutting `d` and `e` out of the upright picture is cutting them out of the stored one.
    #[test]
    fn a_part_is_found_where_it_is_stored() {
        let upright = Sides {
            width: 3,
            height: 2,
        };
        let plan = Plan {
            part: Part {
                left: 0.0,
                top: 1.0,
                width: 2.0,
                height: 1.0,
            },
            result: Sides {
                width: 2,
                height: 1,
            },
        };
        for (orientation, stored, width) in STORED {
            let Plan { part, result } =
                Orientation::of_exif(Some(&exif(orientation))).stored(plan, upright);
            let mut found = Vec::new();
            for y in 0..part.height as usize {
                for x in 0..part.width as usize {
                    let at = (part.top as usize + y) * width as usize + part.left as usize + x;
                    found.push(stored[at]);
                }
            }
            found.sort();
            assert_eq!(found, b"de", "{orientation}");
            assert_eq!(
                (f64::from(result.width), f64::from(result.height)),
                (part.width, part.height)
            );
        }
    }

    #[test]
    fn damaged_data_name_no_orientation() {
        let sound = exif(6);
        assert_eq!(tag(&sound), Some(6));
        for end in 0..sound.len() - 6 {
            assert_eq!(tag(&sound[..end]), None);
        }
        let mut endless = sound;
        endless[4..8].fill(255);
        assert_eq!(tag(&endless), None);
        assert_eq!(Orientation::of_exif(Some(&exif(9))), Orientation::default());
    }
}
