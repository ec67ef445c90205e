//! The WIT glue: the contract's functions, handed to the pure ones.

tenon_kernel::kernel!();

wit_bindgen::generate!({
    path: "../../wit/useragent",
    world: "kernel",
});

use exports::tenon::useragent::parser as contract;

struct Component;

export!(Component);

impl contract::Guest for Component {
    fn parse(ua: String) -> contract::Agent {
        agent(&ua)
    }

    fn parse_all(uas: Vec<String>) -> Vec<contract::Agent> {
        uas.iter().map(|ua| agent(ua)).collect()
    }
}

fn agent(ua: &str) -> contract::Agent {
    let agent = crate::parse(ua);
    contract::Agent {
        browser: software(agent.browser),
        os: software(agent.os),
        device: contract::Device {
            family: agent.device.family,
            brand: agent.device.brand,
            model: agent.device.model,
        },
    }
}

fn software(software: crate::Software) -> contract::Software {
    contract::Software {
        family: software.family,
        major: software.major,
        minor: software.minor,
        patch: software.patch,
        patch_minor: software.patch_minor,
    }
}
