//! The page on which an invented person logs in.

use crate::serve::{Asked, Person};
use std::fmt::Write as _;

const STYLE: &str = "body{margin:0;font:18px/1.5 'Noto Sans CJK SC',system-ui,sans-serif;color:#15181b;background:#f4f5f6}\
main{max-width:34rem;margin:0 auto;padding:1rem}h1{font-size:1.3rem}p{color:#4d555e}\
button{display:block;width:100%;min-height:3rem;margin:.5rem 0;padding:.5rem 1rem;border:1px solid #737b84;border-radius:4px;\
background:#fff;font:inherit;text-align:left;cursor:pointer}button:focus-visible{outline:3px solid #0b57a4}";

/// Draws the page, with a button for each person.
pub(crate) fn draw(asked: &Asked, people: &[Person]) -> String {
    let is_english = asked.language == "en";
    let (language, title, lead) = if is_english {
        (
            "en",
            "Log-in service (stand-in)",
            "It stands in for the city's service and asks for no password. Everybody here is invented.",
        )
    } else {
        ("zh-CN", "统一身份认证（演练）", "这是演练用的登录服务，不需要密码。以下人员均为虚构。")
    };
    let buttons = people.iter().enumerate().fold(String::new(), |mut text, (index, person)| {
        let label = escaped(&person.label);
        let _ = write!(
            text,
            "<button name=\"person\" value=\"{index}\" data-testid=\"person-{index}\">{label}</button>"
        );
        text
    });
    format!(
        "<!doctype html><html lang=\"{language}\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>{title}</title>\
         <style>{STYLE}</style></head><body><main><h1>{title}</h1><p>{lead}</p>\
         <form method=\"post\" action=\"/log-in\">\
         <input type=\"hidden\" name=\"client\" value=\"{}\"><input type=\"hidden\" name=\"challenge\" value=\"{}\">\
         <input type=\"hidden\" name=\"language\" value=\"{language}\">{buttons}</form></main></body></html>",
        escaped(&asked.client),
        escaped(&asked.challenge),
    )
}

fn escaped(text: &str) -> String {
    text.chars().fold(String::new(), |mut safe, letter| {
        match letter {
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '&' => safe.push_str("&amp;"),
            '"' => safe.push_str("&quot;"),
            other => safe.push(other),
        }
        safe
    })
}
