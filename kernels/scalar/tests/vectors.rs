//! The golden cases of the contract's functions that have code of their own; the echoes are the glue's.

use serde_json::Value;
use tenon_kernel_scalar::{add, fail, sum};

fn number(value: &Value) -> u32 {
    value
        .as_u64()
        .and_then(|n| n.try_into().ok())
        .expect("a u32")
}

#[test]
fn golden_cases() {
    let file: Value =
        serde_json::from_str(include_str!("../../../wit/vectors/scalar.json")).unwrap();
    for case in file["cases"].as_array().unwrap() {
        let args = &case["args"];
        match case["func"].as_str().unwrap() {
            "add" => assert_eq!(
                add(number(&args[0]), number(&args[1])),
                number(&case["result"])
            ),
            "sum" => {
                let values: Vec<u32> = args[0].as_array().unwrap().iter().map(number).collect();
                assert_eq!(Some(sum(&values)), case["result"].as_u64());
            }
            "fail" => {
                let message = args[0].as_str().unwrap().to_owned();
                let panic = std::panic::catch_unwind(|| fail(&message)).unwrap_err();
                assert_eq!(
                    panic.downcast_ref::<String>().map(String::as_str),
                    case["message"].as_str()
                );
            }
            echo => assert!(
                echo.starts_with("echo-") && args[0] == case["result"],
                "{case}"
            ),
        }
    }
}
