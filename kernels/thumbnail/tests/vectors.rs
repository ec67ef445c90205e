//! The golden cases that every implementation and both hosts must pass.

use serde_json::{Value, json};
use tenon_kernel_thumbnail::{
    Encoded, Encoding, Failure, Filter, Fit, Layout, Pixels, Sides, Target, resize, thumbnail,
    thumbnail_file,
};

fn text(value: &Value) -> &str {
    value.as_str().expect("a string")
}

fn number<N: TryFrom<u64>>(value: &Value) -> N {
    let number = value.as_u64().and_then(|n| n.try_into().ok());
    number.unwrap_or_else(|| panic!("{value} is not of the number's type"))
}

fn bytes(value: &Value) -> Vec<u8> {
    let bytes = value.as_array().expect("a list").iter();
    bytes.map(number).collect()
}

const LAYOUTS: [(&str, Layout); 3] = [
    ("premultiplied", Layout::Premultiplied),
    ("straight", Layout::Straight),
    ("gray", Layout::Gray),
];

fn pixels(value: &Value) -> Pixels {
    let layout = LAYOUTS.iter().find(|(name, _)| value["layout"] == *name);
    Pixels {
        layout: layout.expect("a layout").1,
        width: number(&value["width"]),
        height: number(&value["height"]),
        stride: number(&value["stride"]),
        data: bytes(&value["data"]),
    }
}

fn target(value: &Value) -> Target {
    Target {
        width: number(&value["width"]),
        height: number(&value["height"]),
        fit: match text(&value["fit"]) {
            "stretch" => Fit::Stretch,
            "contain" => Fit::Contain,
            _ => Fit::Cover,
        },
        filter: match text(&value["filter"]) {
            "box" => Filter::Box,
            "bilinear" => Filter::Bilinear,
            "catmull-rom" => Filter::CatmullRom,
            _ => Filter::Lanczos3,
        },
    }
}

fn encoding(value: &Value) -> Encoding {
    let jpeg = &value["jpeg"];
    if jpeg.is_null() {
        return Encoding::Png;
    }
    Encoding::Jpeg {
        quality: number(&jpeg["quality"]),
        background: ["red", "green", "blue"].map(|name| number(&jpeg["background"][name])),
    }
}

fn result(small: Pixels) -> Value {
    let layout = LAYOUTS.iter().find(|(_, layout)| *layout == small.layout);
    json!({
        "layout": layout.unwrap().0, "width": small.width, "height": small.height,
        "stride": small.stride, "data": small.data,
    })
}

fn error(failure: Failure) -> Value {
    let sides = |Sides { width, height }| json!({"width": width, "height": height});
    match failure {
        Failure::Source(of) => json!({"source": sides(of)}),
        Failure::Stride(bytes) => json!({"stride": bytes}),
        Failure::Data(bytes) => json!({"data": bytes}),
        Failure::Target(of) => json!({"target": sides(of)}),
        Failure::Quality(quality) => json!({"quality": quality}),
        Failure::UnknownFormat => json!({"unknown-format": null}),
        Failure::Unsupported(why) => json!({"unsupported": why}),
        Failure::Broken(how) => json!({"broken": how}),
    }
}

/// Files have no golden cases, for every encoder writes other bytes; their failures have.
fn file(encoded: Encoded) -> Value {
    json!([encoded.width, encoded.height])
}

#[test]
fn golden_cases() {
    let cases: Value =
        serde_json::from_str(include_str!("../../../wit/vectors/thumbnail.json")).unwrap();
    for case in cases["cases"].as_array().unwrap() {
        let args = &case["args"];
        let to = target(&args[1]);
        let got = match text(&case["func"]) {
            "resize" => resize(pixels(&args[0]), to).map(result),
            "thumbnail" => thumbnail(pixels(&args[0]), to, encoding(&args[2])).map(file),
            "thumbnail-file" => thumbnail_file(&bytes(&args[0]), to, encoding(&args[2])).map(file),
            other => panic!("the contract has no function {other}"),
        };
        match got {
            Ok(got) => assert_eq!(got, case["result"], "{case}"),
            Err(failure) => assert_eq!(error(failure), case["error"], "{case}"),
        }
    }
}
