//! Why a paper could not be made. The operation behind it is saved all the same.

use super::CodePoints;

catalogue! {
    /// Failure to make a paper.
    PaperFailure {
        /// A font that every sheet needs is not installed.
        FontMissing {
            /// Name of the font's file.
            file: &'static str,
            /// Debian package that contains the font.
            package: &'static str,
        } = "paper_font_missing":
            "打印字体 {file} 未安装，纸张未生成，业务已保存。请系统管理员安装软件包 {package} 后重新打印。",
            "The print font {file} is not installed. The paper was not made; what was done is saved. Have the system administrator install the package {package}, then print again.";
        /// A font file cannot be read, or contains another font.
        FontUnusable {
            /// Debian package that contains the font.
            package: &'static str,
        } = "paper_font_unusable":
            "打印字体文件无法使用，纸张未生成，业务已保存。请系统管理员重新安装软件包 {package} 后重新打印。",
            "A print font cannot be used. The paper was not made; what was done is saved. Have the system administrator reinstall the package {package}, then print again.";
        /// N5: no installed font can draw these characters of a name.
        NameUnprintable {
            /// Characters that no font has.
            characters: CodePoints,
        } = "paper_name_unprintable":
            "姓名中的字（{characters}）打印字体都没有，纸张未生成，业务已保存。请记下这些字，报告系统管理员，待字体补充后重新打印。",
            "No print font has these characters of the name: {characters}. The paper was not made; what was done is saved. Report the characters, and print again once a font has them.";
        /// N2: the name is empty.
        NameEmpty = "paper_name_empty":
            "姓名为空，纸张未生成，业务已保存。请重新读卡核对姓名后再打印。",
            "The name is empty. The paper was not made; what was done is saved. Read the card again, check the name, then print.";
        /// The photo is not a JPEG that printers and PDF readers treat alike.
        PhotoCoding = "paper_photo_coding":
            "登记照片的格式不能打印，纸张未生成，业务已保存。请办理照片更正，或联系系统管理员。",
            "The photo on record is in a form that cannot be printed. The paper was not made; what was done is saved. Correct the photo, or call the system administrator.";
        /// The photo file has too many bytes.
        PhotoTooLarge {
            /// Size of the file, bytes.
            bytes: usize,
            /// Largest size, bytes.
            limit: usize,
        } = "paper_photo_too_large":
            "登记照片有 {bytes} 字节，超过 {limit} 字节，纸张未生成，业务已保存。请办理照片更正，或联系系统管理员。",
            "The photo on record has {bytes} bytes; at most {limit} can be printed. The paper was not made; what was done is saved. Correct the photo, or call the system administrator.";
        /// A side of the photo has too few or too many pixels.
        PhotoPixels {
            /// Width, pixels.
            width: u16,
            /// Height, pixels.
            height: u16,
            /// Fewest pixels of a side.
            least: u16,
            /// Most pixels of a side.
            most: u16,
        } = "paper_photo_pixels":
            "登记照片为 {width} × {height} 像素，每边须为 {least} 至 {most} 像素，纸张未生成，业务已保存。请办理照片更正，或联系系统管理员。",
            "The photo on record has {width} × {height} pixels; each side needs {least} to {most}. The paper was not made; what was done is saved. Correct the photo, or call the system administrator.";
        /// The payload is too long for the module size that the layout requires.
        PayloadTooLong {
            /// Length of the payload.
            characters: usize,
        } = "paper_payload_too_long":
            "二维码内容有 {characters} 个字符，此版式放不下，纸张未生成，业务已保存。请在“设置”中换用其他版式后重新打印。",
            "The code holds {characters} characters, too many for this layout. The paper was not made; what was done is saved. Choose another layout in Settings, then print again.";
        /// A glyph could not be embedded, because the font file is damaged.
        FontDamaged {
            /// Name of the font.
            font: &'static str,
        } = "paper_font_damaged":
            "打印字体 {font} 已损坏，纸张未生成，业务已保存。请系统管理员重新安装字体后重新打印。",
            "The print font {font} is damaged. The paper was not made; what was done is saved. Have the system administrator reinstall the font, then print again.";
        /// The file that the paper is written to failed, for example on a full disk.
        NotWritten = "paper_not_written":
            "纸张文件无法写入，纸张未生成，业务已保存。请检查磁盘空间后重新打印，仍不行请联系系统管理员。",
            "The paper could not be written to its file and was not made; what was done is saved. Check the disk space and print again, or call the system administrator.";
        /// There is nothing to print.
        Empty = "paper_empty":
            "没有可打印的内容，纸张未生成，业务已保存。请刷新后重试。",
            "There is nothing to print, so no paper was made. What was done is saved. Refresh and try again.";
    }
}
