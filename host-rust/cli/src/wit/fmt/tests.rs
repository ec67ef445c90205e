use super::*;
use std::path::Path;

fn formatted(text: &str) -> String {
    format("test.wit", text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

#[test]
fn there_is_one_layout() {
    let text = "package  a:b@1.0.0-rc.1+x ;use c:d/e@0.2.0 . {f , g as h,};\n\n\n\ninterface i{use types.{a};record r{x:u8,y:list< tuple<u8,string> >}
enum e{a,b}flags f{}\n  resource s;resource t{constructor(a:u8);m:static func( )->result<_,string>;}
%list:async func(x:borrow<t>,y:option<u8>,)->r;@since(version=1.0.0)@deprecated( version = 1.2.0 )
type t2=u8;variant v{a(u8),b}}
world w{import i;import c:d/e@0.2.0;export k:func();import x:interface{f:func();}include a:b/z with{a as b};export  a:b/i;}";
    let expected = "\
package a:b@1.0.0-rc.1+x;
use c:d/e@0.2.0.{f, g as h};

interface i {
    use types.{a};
    record r {
        x: u8,
        y: list<tuple<u8, string>>,
    }
    enum e {
        a,
        b,
    }
    flags f {}
    resource s;
    resource t {
        constructor(a: u8);
        m: static func() -> result<_, string>;
    }
    %list: async func(x: borrow<t>, y: option<u8>) -> r;
    @since(version = 1.0.0)
    @deprecated(version = 1.2.0)
    type t2 = u8;
    variant v {
        a(u8),
        b,
    }
}
world w {
    import i;
    import c:d/e@0.2.0;
    export k: func();
    import x: interface {
        f: func();
    }
    include a:b/z with { a as b };
    export a:b/i;
}
";
    let lexed = print::print(&lex::lex(text));
    assert_eq!(lexed, expected);
    assert_eq!(print::print(&lex::lex(&lexed)), expected);
}

#[test]
fn comments_stay_where_they_are() {
    let text = "// Above.\npackage a:b; // Behind.\n\n/* One. */\ninterface i { // Opens.\n// First.\n\n\n/// Docs.\nf: func(\n// Of x.\nx: u8, // Behind x.\ny: u8 // Behind y.\n);\nrecord r { a: u8 /* in */, // a\n b: /* odd */ u8\n// Last.\n}\n  /* two\n   lines */\n}\n// End.\n";
    let expected = "\
// Above.
package a:b; // Behind.

/* One. */
interface i { // Opens.
    // First.

    /// Docs.
    f: func(
        // Of x.
        x: u8, // Behind x.
        y: u8, // Behind y.
    );
    record r {
        a: u8 /* in */, // a
        b: /* odd */ u8,
        // Last.
    }
    /* two
   lines */
}
// End.
";
    assert_eq!(formatted(text), expected);
}

#[test]
fn a_list_that_begins_on_a_new_line_has_a_line_for_each_part() {
    let text = "package a:b;\ninterface i {\n    f: func(\n        x: u8, y: u8) -> u8;\n    g: func(x: u8,\n        y: u8);\n}\n";
    let expected = "package a:b;\ninterface i {\n    f: func(\n        x: u8,\n        y: u8,\n    ) -> u8;\n    g: func(x: u8, y: u8);\n}\n";
    assert_eq!(formatted(text), expected);
}

#[test]
fn line_ends_of_windows_become_plain_ones() {
    assert_eq!(
        formatted("package a:b;\r\n\r\n/// Docs.\r\ninterface i {}\r\n"),
        "package a:b;\n\n/// Docs.\ninterface i {}\n"
    );
}

#[test]
fn what_is_no_wit_is_refused() {
    for text in [
        "package a:b; interface",
        "interface i { f: func() }",
        "\u{0}",
        "package a:b; /* open",
    ] {
        let error = format("bad.wit", text).expect_err(text).to_string();
        assert!(error.contains("bad.wit"), "{error}");
    }
}

/// Every contract of this repository is in the layout already.
#[test]
fn the_contracts_are_formatted() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../wit");
    let files = files::find(&[folder]).expect("contracts");
    assert!(files.len() > 10);
    for file in &files {
        let text = file.read().expect("a contract");
        assert_eq!(
            format(&file.name, &text).expect("WIT"),
            text,
            "{}",
            file.name
        );
    }
}

/// White space of any kind between tokens, and any comments, give the same tokens, and one layout of them.
#[test]
fn any_white_space_is_laid_out_alike() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../wit");
    let mut seed = 0x9e37_79b9_u32;
    let mut random = |below: u32| {
        seed ^= seed << 13;
        seed ^= seed >> 17;
        seed ^= seed << 5;
        seed % below
    };
    for file in files::find(&[folder]).expect("contracts") {
        let text = file.read().expect("a contract");
        for _ in 0..20 {
            let mut mixed = String::new();
            for lexeme in lex::lex(&text) {
                let between = [
                    "",
                    " ",
                    "\n",
                    "\n\n\n",
                    "\t",
                    " /* note */ ",
                    " // note\n",
                    "\n/// Words.\n",
                ];
                let mut space = between[random(between.len() as u32) as usize];
                // A version is one token for parsers, which must not be torn apart; nor may two words become one.
                if space.is_empty()
                    || mixed.ends_with(['.', '@', '-', '+', '/'])
                    || [".", "@", "-", "+", "/"].contains(&lexeme.text)
                {
                    let word = |character: char| character.is_alphanumeric() || character == '-';
                    let joins = mixed.ends_with(word) && lexeme.text.starts_with(word);
                    space = if lexeme.is_comment() || joins || lexeme.is("->") {
                        " "
                    } else {
                        ""
                    };
                }
                mixed.push_str(space);
                mixed.push_str(lexeme.text);
                if lexeme.kind == lex::Kind::LineComment {
                    mixed.push('\n');
                }
            }
            if parse_alone("mixed.wit", &mixed).is_err() {
                continue; // A comment in the middle of a name.
            }
            formatted(&mixed);
        }
    }
}
