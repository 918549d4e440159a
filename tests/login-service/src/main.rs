//! Stands in for the city's log-in service (随申办, 亲属码, 一网通办) on practice and test sites.
//!
//! It alone holds the key that signs log-in tokens; the centre's settings name the public key. The
//! real service checks a phone or a password first, this one believes whoever starts it or, with
//! `serve`, whoever clicks on a name.

mod page;
mod serve;

use anyhow::{Context as _, bail};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use clap::{Parser, Subcommand};
use rules::{
    At, Sensitive,
    keys::{Signer as _, SoftwareKey},
    wire::{LOGIN_TOKEN_PREFIX, LoginClaims, WINDOW_LOGIN_CLIENT, WINDOW_LOGIN_PREFIX},
};
use std::{
    io::{Read as _, Write as _},
    net::SocketAddr,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};
use uuid::Uuid;

/// The stand-in for the city's log-in service.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Create a key in a new file, and print its public key.
    Init {
        /// File of the key.
        key: PathBuf,
    },
    /// Print a log-in token. Standard input holds the person's number and, on a second line, that
    /// of the relative whose code was shown.
    Token {
        /// File of the key.
        key: PathBuf,
        /// Channel client that the person logs in at; `window` for a code shown at a window.
        #[arg(long)]
        client: String,
        /// Validity in seconds.
        #[arg(long, default_value_t = 60, allow_negative_numbers = true)]
        seconds: i64,
    },
    /// Serve the page on which people log in for the portal, and the call that gives their token.
    Serve {
        /// File of the key.
        key: PathBuf,
        /// Address to listen on.
        #[arg(long)]
        listen: SocketAddr,
        /// People who can log in: a number and a label on each line.
        #[arg(long)]
        people: PathBuf,
        /// Channel client that may ask for tokens.
        #[arg(long)]
        client: String,
        /// Address of that client's page, to which a browser returns.
        #[arg(long)]
        back: String,
    },
}

fn main() -> anyhow::Result<()> {
    let line = match Arguments::parse().command {
        Command::Init { key } => init(&key)?,
        Command::Token { key, client, seconds } => {
            let mut input = String::new();
            std::io::stdin().read_to_string(&mut input)?;
            let mut numbers = input.lines().map(|line| Sensitive::new(line.trim().to_owned()));
            let Some(number) = numbers.next() else { bail!("standard input holds no number") };
            token(&read_key(&key)?, number, numbers.next(), client, seconds)?
        }
        Command::Serve { key, listen, people, client, back } => {
            let people = std::fs::read_to_string(&people)?;
            return serve::run(listen, serve::Service::new(read_key(&key)?, &people, client, back));
        }
    };
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    Ok(out.flush()?)
}

fn init(path: &Path) -> anyhow::Result<String> {
    let (bytes, key) = SoftwareKey::draw(rand::random);
    let mut options = std::fs::OpenOptions::new();
    let mut file = options.write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(rules::hex::encode(&*bytes).as_bytes())?;
    Ok(String::from(key.public_key()))
}

fn read_key(path: &Path) -> anyhow::Result<SoftwareKey> {
    let text = std::fs::read_to_string(path)?;
    let bytes: [u8; 32] = rules::hex::decode_array(text.trim()).context("not a key file")?;
    Ok(SoftwareKey::from_bytes(&bytes)?)
}

/// Signs a token of a person, and of the relative whose code was shown, for a client.
fn token(
    key: &SoftwareKey,
    number: Sensitive<String>,
    holder_number: Option<Sensitive<String>>,
    client: String,
    seconds: i64,
) -> anyhow::Result<String> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis();
    let claims = LoginClaims {
        number,
        holder_number,
        client,
        expires_at: At(i64::try_from(now)?).plus_ms(seconds * 1_000),
        nonce: Uuid::new_v4(),
    };
    let text = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&claims)?);
    let signature = key.sign(format!("{LOGIN_TOKEN_PREFIX}{text}").as_bytes())?;
    // A phone shows a window a symbol; the other clients take the token itself.
    let prefix = if claims.client == WINDOW_LOGIN_CLIENT { WINDOW_LOGIN_PREFIX } else { "" };
    Ok(format!("{prefix}{text}.{}", URL_SAFE_NO_PAD.encode(signature)))
}
