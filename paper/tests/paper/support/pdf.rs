//! Reads a PDF as qpdf tells it, for checks of its objects.

use std::io::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::run;

/// Objects of a PDF with their streams decoded.
pub(crate) struct Pdf {
    objects: Value,
}

/// An operator of a content stream with its operands.
pub(crate) struct Operation {
    pub(crate) operator: String,
    pub(crate) operands: Vec<String>,
}

impl Pdf {
    pub(crate) fn new(bytes: &[u8]) -> Self {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(bytes).unwrap();
        let path = file.path().to_str().unwrap().to_owned();
        let arguments = ["--json=2", "--json-stream-data=inline", "--decode-level=generalized", &path];
        let told = run("qpdf", &arguments, &[]);
        assert!(told.status.success(), "qpdf: {}", String::from_utf8_lossy(&told.stderr));
        let told: Value = serde_json::from_slice(&told.stdout).unwrap();
        Self { objects: told["qpdf"][1].clone() }
    }

    /// Returns a value, or the object it refers to. A stream stands for its dictionary.
    pub(crate) fn get<'v>(&'v self, value: &'v Value) -> &'v Value {
        let Some(reference) = value.as_str().filter(|text| text.ends_with(" R")) else { return value };
        let object = &self.objects[format!("obj:{reference}")];
        object.get("value").or_else(|| object["stream"].get("dict")).unwrap_or(&Value::Null)
    }

    pub(crate) fn trailer(&self) -> &Value {
        &self.objects["trailer"]["value"]
    }

    pub(crate) fn catalog(&self) -> &Value {
        self.get(&self.trailer()["/Root"])
    }

    /// Returns the pages with their references.
    pub(crate) fn pages(&self) -> Vec<(&Value, &Value)> {
        let tree = self.get(&self.catalog()["/Pages"]);
        tree["/Kids"].as_array().unwrap().iter().map(|page| (page, self.get(page))).collect()
    }

    /// Returns the decoded data of a stream.
    pub(crate) fn stream(&self, reference: &Value) -> Vec<u8> {
        let data = &self.objects[format!("obj:{}", reference.as_str().unwrap())]["stream"]["data"];
        STANDARD.decode(data.as_str().unwrap()).unwrap()
    }

    /// Returns the operations of a page.
    pub(crate) fn operations(&self, page: &Value) -> Vec<Operation> {
        let content = String::from_utf8(self.stream(&page["/Contents"])).unwrap();
        content
            .lines()
            .map(|line| {
                let mut words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
                let operator = words.pop().unwrap();
                Operation { operator, operands: words }
            })
            .collect()
    }
}
