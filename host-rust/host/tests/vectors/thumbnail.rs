//! Files have no golden cases, for every encoder writes other bytes; their failures have.

use super::{Answer, Case, first, golden};
use serde::Deserialize;
use serde_json::{Value, json};
use tenon_host::Fault;
use tenon_host::contracts::thumbnail::{
    self, Color, Encoded, Encoding, Failure, Filter, Fit, Jpeg, Layout, Pixels, Sides, Target,
    Thumbnailer,
};

#[derive(Deserialize)]
struct Source {
    layout: String,
    width: u32,
    height: u32,
    stride: u32,
    data: Vec<u8>,
}

impl From<Source> for Pixels {
    fn from(it: Source) -> Pixels {
        let layout = LAYOUTS.iter().find(|(name, _)| *name == it.layout);
        Pixels {
            layout: layout.expect("a layout").1,
            width: it.width,
            height: it.height,
            stride: it.stride,
            data: it.data,
        }
    }
}

const LAYOUTS: [(&str, Layout); 3] = [
    ("premultiplied", Layout::Premultiplied),
    ("straight", Layout::Straight),
    ("gray", Layout::Gray),
];

#[derive(Deserialize)]
struct To {
    width: u32,
    height: u32,
    fit: String,
    filter: String,
}

impl From<To> for Target {
    fn from(it: To) -> Target {
        Target {
            width: it.width,
            height: it.height,
            fit: match &*it.fit {
                "stretch" => Fit::Stretch,
                "contain" => Fit::Contain,
                "cover" => Fit::Cover,
                other => panic!("there is no fit {other}"),
            },
            filter: match &*it.filter {
                "box" => Filter::Box,
                "bilinear" => Filter::Bilinear,
                "catmull-rom" => Filter::CatmullRom,
                "lanczos3" => Filter::Lanczos3,
                other => panic!("there is no filter {other}"),
            },
        }
    }
}

fn encoding(kind: &Value) -> Encoding {
    let jpeg = &kind["jpeg"];
    if jpeg.is_null() {
        assert!(kind.get("png").is_some(), "{kind}");
        return Encoding::Png;
    }
    let byte = |value: &Value| u8::deserialize(value).unwrap();
    let background = &jpeg["background"];
    Encoding::Jpeg(Jpeg {
        quality: byte(&jpeg["quality"]),
        background: Color {
            red: byte(&background["red"]),
            green: byte(&background["green"]),
            blue: byte(&background["blue"]),
        },
    })
}

fn answer(k: &(dyn Thumbnailer + 'static), case: &Case) -> Result<Answer, Fault> {
    let answer = match &*case.func {
        "resize" => {
            let (source, to): (Source, To) = case.args();
            k.resize(&source.into(), to.into())?.map(|it| pixels(&it))
        }
        "thumbnail" => {
            let (source, to, kind): (Source, To, Value) = case.args();
            let small = k.thumbnail(&source.into(), to.into(), encoding(&kind))?;
            small.map(|it| file(&it))
        }
        "thumbnail-file" => {
            let (bytes, to, kind): (Vec<u8>, To, Value) = case.args();
            let small = k.thumbnail_file(&bytes, to.into(), encoding(&kind))?;
            small.map(|it| file(&it))
        }
        other => panic!("the contract has no function {other}"),
    };
    Ok(answer.map_err(|failure| match failure {
        Failure::Source(of) => json!({"source": sides(of)}),
        Failure::Stride(bytes) => json!({ "stride": bytes }),
        Failure::Data(bytes) => json!({ "data": bytes }),
        Failure::Target(of) => json!({"target": sides(of)}),
        Failure::Quality(quality) => json!({ "quality": quality }),
        Failure::UnknownFormat => json!({ "unknown-format": null }),
        Failure::Unsupported(why) => json!({ "unsupported": why }),
        Failure::Broken(how) => json!({ "broken": how }),
    }))
}

fn pixels(it: &Pixels) -> Value {
    let layout = LAYOUTS.iter().find(|(_, layout)| *layout == it.layout);
    json!({
        "layout": layout.unwrap().0, "width": it.width, "height": it.height,
        "stride": it.stride, "data": it.data,
    })
}

fn sides(of: Sides) -> Value {
    json!({"width": of.width, "height": of.height})
}

fn file(it: &Encoded) -> Value {
    json!([it.width, it.height])
}

#[test]
fn golden_cases() {
    assert!(golden(&first::<thumbnail::Contract>("thumbnail"), answer) >= 30);
}
