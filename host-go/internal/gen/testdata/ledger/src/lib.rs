//! Keeps accounts, and tells a journal of the host's. See ../make for how this becomes component.wasm.

wit_bindgen::generate!({ path: "contract.wit", world: "kernel" });

use exports::golden::ledger::accounts::{
    Account, AccountBorrow, Dossier, Guest, GuestAccount, Holder,
};
use golden::ledger::journal::{self, Entry, Level, Page, Refusal};
use std::cell::Cell;

struct Component;

export!(Component);

thread_local! {
    static OPEN: Cell<u32> = const { Cell::new(0) };
}

struct Money {
    owner: String,
    balance: Cell<u64>,
}

impl Money {
    fn open(owner: String, balance: u64) -> Account {
        OPEN.set(OPEN.get() + 1);
        Account::new(Money {
            owner,
            balance: Cell::new(balance),
        })
    }
}

impl Drop for Money {
    fn drop(&mut self) {
        OPEN.set(OPEN.get() - 1);
    }
}

impl GuestAccount for Money {
    fn new(owner: String) -> Self {
        OPEN.set(OPEN.get() + 1);
        Money {
            owner,
            balance: Cell::new(0),
        }
    }

    fn owner(&self) -> String {
        self.owner.clone()
    }

    fn deposit(&self, amount: u64) -> Result<u64, String> {
        let sum = self.balance.get().checked_add(amount);
        self.balance
            .set(sum.ok_or_else(|| format!("{} is too rich", self.owner))?);
        Ok(self.balance.get())
    }

    fn report(&self, to: &Page, level: Level) -> Result<u32, String> {
        let entry = Entry {
            level,
            text: format!("{}: {}", self.owner, self.balance.get()),
            stamp: Some(tick(1)),
        };
        to.write(&entry).map_err(|refusal| match refusal {
            Refusal::Full(lines) => format!("full at {lines}"),
            Refusal::Closed => "closed".to_string(),
            Refusal::Other(why) => why,
        })
    }

    fn close(&self) -> u64 {
        self.balance.replace(0)
    }

    fn merge(a: Account, b: AccountBorrow<'_>) -> Account {
        let (a, b) = (a.into_inner::<Money>(), b.get::<Money>());
        let owner = format!("{} and {}", a.owner, b.owner);
        Money::open(owner, a.balance.get() + b.balance.replace(0))
    }
}

impl Guest for Component {
    type Account = Money;

    fn open_all(owners: Vec<String>) -> Vec<Account> {
        owners
            .into_iter()
            .map(|owner| Money::open(owner, 0))
            .collect()
    }

    fn total(accounts: Vec<AccountBorrow<'_>>) -> u64 {
        accounts.iter().map(|a| a.get::<Money>().balance.get()).sum()
    }

    fn refile(dossier: Dossier) -> Dossier {
        dossier
    }

    fn hold(h: Holder) -> Holder {
        h
    }

    fn maybe(a: Option<Account>) -> Result<Account, String> {
        a.ok_or_else(|| "nothing there".to_string())
    }

    fn annotate(p: Page, text: String) -> Result<Page, String> {
        let entry = Entry {
            level: Level::Info,
            text,
            stamp: None,
        };
        match p.write(&entry) {
            Ok(_) => Page::join(p, &Page::new("appendix")),
            Err(refusal) => Err(format!("{refusal:?}")),
        }
    }

    fn look_up(title: String) -> Option<Page> {
        journal::find(&title)
    }

    fn sum(seed: u32) -> (f64, String) {
        let entry = Entry {
            level: Level::Warning,
            text: "entry".to_string(),
            stamp: Some(u64::from(seed)),
        };
        let texts = ["x".to_string(), "yz".to_string()];
        journal::sum(
            seed as u8,
            -1,
            2,
            -3,
            4,
            -5,
            6,
            -7,
            0.5,
            0.25,
            'ß',
            true,
            &[seed, seed + 1],
            Some("some"),
            &entry,
            &texts,
        )
    }

    fn ticks(n: u32) -> Vec<u64> {
        (0..n).map(tick).collect()
    }

    fn open() -> u32 {
        OPEN.get()
    }
}
