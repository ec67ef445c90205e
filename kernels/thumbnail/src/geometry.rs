//! Sides, limits, and which part of a source becomes which target.

use crate::{Failure, Fit, Pixels, Sides, Target};

/// The most pixels a side of a source, which is also what a JPEG file can have.
pub const MAX_SOURCE_SIDE: u32 = 65_535;
/// The most pixels of a source.
pub const MAX_SOURCE_PIXELS: u32 = 1 << 25;
/// The most pixels of a progressive JPEG file, whose coefficients are kept until its end.
pub const MAX_PROGRESSIVE_PIXELS: u32 = 1 << 24;
/// The most pixels a side of a target.
pub const MAX_TARGET_SIDE: u32 = 4_096;

impl Sides {
    /// How many pixels these are.
    pub(crate) fn pixels(self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }

    /// The sides after a quarter turn.
    pub(crate) fn turned(self) -> Sides {
        Sides {
            width: self.height,
            height: self.width,
        }
    }

    fn within(self, side: u32) -> bool {
        (1..=side).contains(&self.width) && (1..=side).contains(&self.height)
    }

    /// Checks the sides of a source.
    pub(crate) fn check_source(self) -> Result<(), Failure> {
        if self.within(MAX_SOURCE_SIDE) && self.pixels() <= MAX_SOURCE_PIXELS.into() {
            return Ok(());
        }
        Err(Failure::Source(self))
    }
}

impl Pixels {
    pub(crate) fn sides(&self) -> Sides {
        Sides {
            width: self.width,
            height: self.height,
        }
    }

    /// Checks sides, stride and data against each other.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        self.sides().check_source()?;
        let pixel = u64::from(self.layout.channels().bytes());
        let (row, stride) = (u64::from(self.width) * pixel, u64::from(self.stride));
        if stride < row || !stride.is_multiple_of(pixel) {
            return Err(Failure::Stride(self.stride));
        }
        if (self.data.len() as u64) < (u64::from(self.height) - 1) * stride + row {
            let length = u32::try_from(self.data.len()).unwrap_or(u32::MAX);
            return Err(Failure::Data(length));
        }
        Ok(())
    }
}

/// A part of a picture, in its pixels, of which it may have fractions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Part {
    pub(crate) left: f64,
    pub(crate) top: f64,
    pub(crate) width: f64,
    pub(crate) height: f64,
}

impl Part {
    /// The same part of the picture when that is so many times as large.
    pub(crate) fn scaled(self, times: f64) -> Part {
        Part {
            left: self.left * times,
            top: self.top * times,
            width: self.width * times,
            height: self.height * times,
        }
    }
}

/// What is cut out of a source, and the sides that it then gets.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Plan {
    pub(crate) part: Part,
    pub(crate) result: Sides,
}

impl Target {
    pub(crate) fn sides(&self) -> Sides {
        Sides {
            width: self.width,
            height: self.height,
        }
    }

    pub(crate) fn check(&self) -> Result<(), Failure> {
        if self.sides().within(MAX_TARGET_SIDE) {
            return Ok(());
        }
        Err(Failure::Target(self.sides()))
    }

    /// What becomes of a source of the given sides.
    pub(crate) fn plan(&self, source: Sides) -> Plan {
        let part = |left, top, part: Sides| Part {
            left: f64::from(left),
            top: f64::from(top),
            width: f64::from(part.width),
            height: f64::from(part.height),
        };
        let whole = |result| Plan {
            part: part(0, 0, source),
            result,
        };
        let target = self.sides();
        // Which of the source's ratio and the target's is the wider one, without a division.
        let across = u64::from(source.width) * u64::from(target.height);
        let down = u64::from(source.height) * u64::from(target.width);
        match self.fit {
            Fit::Stretch => whole(target),
            Fit::Contain if source.width <= target.width && source.height <= target.height => {
                whole(source)
            }
            Fit::Contain if across >= down => whole(Sides {
                width: target.width,
                height: rounded(down, source.width),
            }),
            Fit::Contain => whole(Sides {
                width: rounded(across, source.height),
                height: target.height,
            }),
            Fit::Cover => {
                let kept = if across >= down {
                    Sides {
                        width: rounded(down, target.height),
                        height: source.height,
                    }
                } else {
                    Sides {
                        width: source.width,
                        height: rounded(across, target.width),
                    }
                };
                let left = (source.width - kept.width) / 2;
                let top = (source.height - kept.height) / 2;
                Plan {
                    part: part(left, top, kept),
                    result: target,
                }
            }
        }
    }
}

/// The quotient, rounded to the nearest number, half up; at least 1.
fn rounded(dividend: u64, divisor: u32) -> u32 {
    let divisor = u64::from(divisor);
    let quotient = (2 * dividend + divisor) / (2 * divisor);
    u32::try_from(quotient.max(1))
        .expect("the quotient is no more than a side of the source or of the target")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Filter;

    fn plan(fit: Fit, source: (u32, u32), target: (u32, u32)) -> (Part, Sides) {
        let target = Target {
            width: target.0,
            height: target.1,
            fit,
            filter: Filter::Box,
        };
        let (width, height) = source;
        let plan = target.plan(Sides { width, height });
        (plan.part, plan.result)
    }

    fn square(left: u32, top: u32, width: u32, height: u32) -> Part {
        let [left, top, width, height] = [left, top, width, height].map(f64::from);
        Part {
            left,
            top,
            width,
            height,
        }
    }

    fn sides(width: u32, height: u32) -> Sides {
        Sides { width, height }
    }

    #[test]
    fn contain_keeps_the_ratio_and_rounds() {
        for (source, target, result) in [
            ((1920, 1080), (320, 320), sides(320, 180)),
            ((1080, 1920), (320, 320), sides(180, 320)),
            ((1000, 333), (100, 100), sides(100, 33)),
            ((1000, 335), (100, 100), sides(100, 34)),
            ((65_535, 1), (320, 320), sides(320, 1)),
            ((1, 65_535), (4096, 4096), sides(1, 4096)),
            ((20, 10), (320, 320), sides(20, 10)),
            ((320, 320), (320, 320), sides(320, 320)),
            ((400, 10), (320, 320), sides(320, 8)),
        ] {
            let (part, got) = plan(Fit::Contain, source, target);
            assert_eq!(part, square(0, 0, source.0, source.1));
            assert_eq!(got, result, "{source:?} {target:?}");
        }
    }

    #[test]
    fn cover_cuts_the_middle() {
        for (source, target, part) in [
            ((1920, 1080), (100, 100), square(420, 0, 1080, 1080)),
            ((1081, 1080), (100, 100), square(0, 0, 1080, 1080)),
            ((10, 100), (3, 1), square(0, 48, 10, 3)),
            ((65_535, 1), (1, 4096), square(32_767, 0, 1, 1)),
            ((1, 65_535), (4096, 1), square(0, 32_767, 1, 1)),
        ] {
            let got = plan(Fit::Cover, source, target);
            assert_eq!(got, (part, sides(target.0, target.1)));
        }
    }
}
