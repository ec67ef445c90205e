//! Each kind by itself: what is found, what is left alone.
#![cfg(not(feature = "trap"))]

use tenon_kernel_redact::redact;

/// Checks texts in which each finding is written in braces: `from {10.0.0.7}`.
#[track_caller]
fn check(kind: &str, marked: &[&str]) {
    for marked in marked {
        let text = marked.replace(['{', '}'], "");
        let answer = redact(&text);
        let mut shown = text.clone();
        for finding in answer.findings.iter().rev() {
            assert_eq!(finding.kind.name(), kind, "{text:?}: {answer:?}");
            shown.insert(finding.end as usize, '}');
            shown.insert(finding.start as usize, '{');
        }
        assert_eq!(&shown, marked);
    }
}

#[test]
fn ipv4() {
    check(
        "ipv4",
        &[
            "{10.0.0.7}",
            "from {10.0.0.7}.",
            "[{173.234.31.186}]:22",
            "{10.0.0.7}:8080->{10.0.0.8}:443",
            "client:{10.0.0.7}:5000",
            "net={10.0.0.0}/8",
            "{10.0.0.1}-{10.0.0.9}",
            "peer /{10.0.0.7} left",
            "{0.0.0.0} {255.255.255.255}",
            "1565656565 123 {10.0.0.7}",
            "Opera/{9.80.1.2}",
            "10:20:30 {10.0.0.7} 10:20:31",
        ],
    );
}

#[test]
fn not_ipv4() {
    check(
        "",
        &[
            "256.1.1.1",
            "1.2.3",
            "1.2.3.4.5",
            "v1.2.3.4",
            "1.2.3.4rc1",
            "01.2.3.4",
            "1.2.3.4_5",
            "1..2.3.4",
            "1.2.3.",
        ],
    );
}

#[test]
fn ipv6() {
    check(
        "ipv6",
        &[
            "{2001:db8::1}",
            "{::1}",
            "from {fe80::1}%eth0 port 22",
            "[{2001:db8::1}]:443",
            "{2001:db8::}/32",
            "{1:2:3:4:5:6:7:8}",
            "{::ffff:10.0.0.7}.",
            "gateway {2001:DB8::A}: unreachable",
            "node:{2001:db8::1}",
            "{ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255}",
        ],
    );
}

#[test]
fn not_ipv6() {
    check(
        "",
        &[
            "10:23:45",
            "[01/Aug/1995:00:00:01 -0400]",
            "aa:bb:cc:dd:ee:ff",
            "::",
            "std::de::be",
            "HTTP::Lite",
            "1:2:3:4:5:6:7:8:9",
            "1::2::3",
            "12345::1",
            "::1g",
            "éa::1",
        ],
    );
}

#[test]
fn host() {
    check(
        "host",
        &[
            "{uplherc.upl.com} - -",
            "{PIPE6.NYC.PIPELINE.COM}",
            "see {example.org}.",
            "//{www.example.com}/index.html",
            "{1.2.3.4.example.net}",
            "q={example.co.uk}:80",
            "{ix-esc-ca2-07.ix.netcom.com}",
            "{db_1.corp}",
            "GET /cgi?to={example.de} HTTP/1.0",
            "{4111-1111-1111-1111.com}",
            "domain .{example.com};",
        ],
    );
}

#[test]
fn not_host() {
    let long_label = format!("{}.com", "a".repeat(64));
    let long_name = format!("{}com", "a.".repeat(126));
    check(
        "",
        &[
            "GET /images/index.html HTTP/1.0",
            "/htbin/cdt_main.pl",
            "/usr/lib/x.so",
            "C:\\temp\\run.sh",
            ".NET CLR 1.1.4322",
            "com.jcraft.jsch.JSchException",
            "localhost",
            "example.com1",
            "a..com",
            "-.com",
            "a-.com",
            &long_label,
            &long_name,
        ],
    );
}

#[test]
fn email() {
    check(
        "email",
        &[
            "{bob@example.com}",
            "mailto:{bob.b+tag@mail.example.com}.",
            "<{a_b%c@x-y.example.org}>,",
            "a:b:{c@example.com}",
            "{jörg@example.de}",
            "{bob@server.prod}",
        ],
    );
    check("", &["bob@localhost", "@home", "a@b@c", "a@.com", "a@1.2"]);
}

#[test]
fn user() {
    let lines = [
        "Invalid user {webmaster} from",
        "input_userauth_request: invalid user {0} [preauth]",
        "Failed password for {root} from somewhere port 4 ssh2",
        "Failed password for invalid user {from} from somewhere",
        "Failed none for invalid user {a.b.com} from somewhere",
        "session opened for user {fztu} by (uid=0)",
        "session closed for user {fztu}",
        "Too many authentication failures for {root} [preauth]",
        "error: maximum authentication attempts exceeded for invalid user {bob@example.com} from somewhere",
        "Disconnecting: Too many authentication failures for invalid user {x} [preauth]",
        "Connection closed by authenticating user {git} port 7",
        "Disconnected from user {日本} port 9",
        "User {bob} from somewhere not allowed",
        "authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=  user={a=b}",
        "message repeated 2 times: [ Failed password for {root} from somewhere port 3 ssh2]",
        "check pass; user unknown",
        "Invalid user  {0} from somewhere",
        "Failed password for invalid user  {from} somewhere",
        "therefor x from somewhere",
    ];
    let marked: Vec<String> = lines
        .iter()
        .map(|line| format!("Dec 10 06:55:46 LabSZ sshd[24200]: {line}"))
        .collect();
    check(
        "user",
        &marked.iter().map(String::as_str).collect::<Vec<_>>(),
    );
    // In other programs' lines the same words name nobody, line by line.
    check(
        "user",
        &["Invalid user x from\nsshd[1]: Invalid user {y} from\r\nInvalid user z from"],
    );
    check("user", &["Invalid user x from sshd[1]"]);
}

#[test]
fn token() {
    check(
        "token",
        &[
            "Authorization: Bearer {0123456789abcdef}",
            "bearer \t{eyJhbGciOi.J9_-~+/==};",
            "BEARER {AAAAAAAA}",
            "Bearer {a.example.com}",
        ],
    );
    check(
        "",
        &[
            "Bearer",
            "the bearer of news",
            "Bearer 1234567",
            "Bearer\n0123456789",
        ],
    );
}

#[test]
fn card() {
    check(
        "card",
        &[
            "{4111111111111111}",
            "{4111 1111 1111 1111} 123",
            "paid with {4111-1111-1111-1111}.",
            "1234 {4111 1111 1111 1111} {5500 0000 0000 0004} 99",
            "{3782 822463 10005}",
            "{378282246310005}",
            "{3056 930902 5904}",
            "pan={6011111111111117}&x",
            "txn-{4111111111111111}",
        ],
    );
    check(
        "",
        &[
            "4111111111111112",
            "4111 1111-1111 1111",
            "x4111111111111111",
            "4111111111111111x",
            "1.4111111111111111",
            "4111111111111111.00",
            "41111111111111110000000000",
            "1234567890123",
            "0000000000000000",
            "411111111111",
        ],
    );
}

#[test]
fn a_card_number_before_a_host_name() {
    let answer = redact("4111 1111 1111 1111-foo.com");
    assert_eq!(answer.text, "<card>-<host>");
}

#[cfg(not(feature = "url"))]
#[test]
fn a_url_is_searched_like_other_text() {
    let answer = redact("(+http://www.example.com/bot.html)");
    assert_eq!(answer.text, "(+http://<host>/bot.html)");
}

#[cfg(feature = "url")]
#[test]
fn url() {
    check(
        "url",
        &[
            "(+{http://www.example.com/bot.html})",
            "{HTTPS://bob:pw@example.com:8080/a?b=c#d}, and",
            "\"{ftp://10.0.0.7/x}\"",
            "{wss://[2001:db8::1]/é}",
        ],
    );
    check("", &["http://", "://a", "mailto:x"]);
}
