"use strict";
const words = {
  valid: "有效", provisional: "待确认", unknown: "查无此码，不可信", expired: "已过期", lost: "已挂失", superseded: "已换发新码", voided: "已作废",
  foreign: "不是离线随申码", damaged: "二维码破损，无法识读", wrong_signature: "签名无效", not_yet_valid: "尚未生效", other_class: "演练码或环境不符",
};
const byId = (id) => document.getElementById(id);
byId("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const answer = byId("answer");
  const body = { payload: byId("payload").value.trim(), scanner: byId("scanner").value, place: byId("place").value };
  let told;
  try {
    const response = await fetch("v1/verify", {
      method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body),
    });
    told = response.ok ? await response.json() : { problem: response.status === 429 ? "核验过于频繁，请稍候" : "暂时无法核验" };
  } catch {
    told = { problem: "网络不通，请稍后再试" };
  }
  answer.hidden = false;
  answer.dataset.good = told.answer === "valid" ? "yes" : "no";
  byId("state").textContent = told.problem ?? words[told.answer] ?? told.answer;
  const facts = [
    ["姓名", told.masked_name], ["身份证号", told.masked_number], ["有效期至", told.valid_through],
    ["健康状态", told.health], ["核酸检测", told.nucleic_acid], ["核酸登记编号", told.registration_reference],
  ];
  byId("facts").replaceChildren(...facts.filter(([, value]) => value).flatMap(([name, value]) => {
    const [term, text] = [document.createElement("dt"), document.createElement("dd")];
    term.textContent = name;
    text.textContent = value;
    return [term, text];
  }));
  byId("watermark").textContent = told.watermark ? `${told.watermark}　`.repeat(60) : "";
});
