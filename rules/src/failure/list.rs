//! Why a list of people (名单) or one of its rows is not taken.

use super::Refusal;

catalogue! {
    /// Failure to read a list, or a row of it.
    ListFailure {
        /// More bytes than any list of 5,000 people has.
        FileTooLarge {
            /// Bytes that are taken at most.
            limit: u32,
        } = "list_file_too_large":
            "名单文件超过 {limit} 字节，没有读入任何一行。请删去图片和其他工作表，或分成几个文件。",
            "The list is larger than {limit} bytes and no row of it was taken. Remove pictures and other sheets, or split it.";
        /// A packed file that grows beyond all measure.
        UnpacksTooLarge = "list_unpacks_too_large":
            "名单文件解开后过大，没有读入任何一行。请在表格软件中另存为 CSV 后重新选择。",
            "The list unpacks to far more than a list can hold, and no row of it was taken. Save it as CSV and choose it again.";
        /// Neither CSV nor XLSX, or damaged.
        Unreadable = "list_unreadable":
            "名单文件无法读取，没有读入任何一行。请在表格软件中另存为 XLSX 或 CSV 后重新选择。",
            "The list cannot be read, and no row of it was taken. Save it as XLSX or CSV and choose it again.";
        /// The old binary format of spreadsheets.
        OldFormat = "list_old_format":
            "这是旧的 XLS 格式，没有读入任何一行。请在表格软件中另存为 XLSX 后重新选择。",
            "This is the old XLS format, and no row of it was taken. Save it as XLSX and choose it again.";
        /// Text in another encoding than UTF-8, UTF-16 or GB 18030.
        Encoding = "list_encoding":
            "名单文件的文字编码不是 UTF-8 或 GB 18030，没有读入任何一行。请重新另存为 CSV（UTF-8）。",
            "The text of the list is neither UTF-8 nor GB 18030, and no row of it was taken. Save it again as CSV (UTF-8).";
        /// More rows than one job may have.
        TooManyRows {
            /// Rows that are taken at most.
            limit: u32,
        } = "list_too_many_rows":
            "名单超过 {limit} 行，没有读入任何一行。请分成几个文件，分次办理。",
            "The list has more than {limit} rows, and none of them was taken. Split it and do the parts one by one.";
        /// The header has no column of numbers, or none of names.
        NoColumns = "list_no_columns":
            "名单的表头缺少“身份证号”或“姓名”一列，没有读入任何一行。请补上表头后重新选择。",
            "The header of the list lacks the column of ID numbers or that of names, and no row was taken. Add the header and choose the list again.";
        /// Nobody is on it.
        Empty = "list_empty":
            "名单里没有任何人。请检查文件的第一张工作表后重新选择。",
            "Nobody is on the list. Check the first sheet of the file and choose it again.";
        /// A row without a number.
        NumberMissing = "list_number_missing":
            "没有身份证号，此行未读入。请补上后重新选择文件。",
            "There is no ID number; the row was not taken. Add it and choose the file again.";
        /// A spreadsheet kept the number as a figure, and lost its last digits.
        NumberAsFigure = "list_number_as_figure":
            "身份证号存成了数值，末几位已经丢失，此行未读入。请把该列设为文本，重新录入。",
            "The ID number was saved as a figure and has lost its last digits; the row was not taken. Make the column text and type it again.";
        /// N1: the number is no ID number.
        NumberWrong {
            /// What is wrong with it.
            why: Refusal,
        } = "list_number_wrong":
            "身份证号不正确，此行未读入。{why}改正后请重新选择文件。",
            "The ID number is not valid; the row was not taken. {why} Put it right and choose the file again.";
        /// A row without a name.
        NameMissing = "list_name_missing":
            "没有姓名，此行未读入。请补上后重新选择文件。",
            "There is no name; the row was not taken. Add it and choose the file again.";
        /// N2: the name is no name.
        NameWrong {
            /// What is wrong with it.
            why: Refusal,
        } = "list_name_wrong":
            "姓名不正确，此行未读入。{why}改正后请重新选择文件。",
            "The name is not valid; the row was not taken. {why} Put it right and choose the file again.";
        /// The same person stands further up.
        Repeated {
            /// Line on which the person stands first.
            line: u32,
        } = "list_repeated":
            "与第 {line} 行是同一人，此行未读入。第 {line} 行照常办理。",
            "This is the person of line {line} again; the row was not taken, and line {line} is served.";
        /// A cell or a row longer than any list has.
        RowTooLong = "list_row_too_long":
            "此行过长或列数过多，未读入。请检查引号和分隔符后重新选择文件。",
            "The row is too long or has too many columns; it was not taken. Check quotes and separators and choose the file again.";
        /// A line break inside of a cell: a quotation mark is missing.
        LineBreak = "list_line_break":
            "单元格里有换行，可能少了一个引号，此行和并入的各行都未读入。请改正后重新选择文件。",
            "A cell has a line break; a quotation mark may be missing. The row, and those it swallowed, were not taken. Put it right and choose the file again.";
        /// The header of a list of staff lacks a column.
        StaffColumns = "staff_columns":
            "人员名单的第一行须有“工号”“姓名”“角色”三列，没有读入任何一行。请补上表头后重新选择。",
            "The first row of a list of staff must name the columns number, name and roles; no row was taken. Add it and choose the list again.";
        /// A cell that is no staff number.
        StaffNumberWrong = "staff_number_wrong":
            "工号为空或格式不对（最多四个字母加一至十位数字），此行未读入。请改正后重新选择文件。",
            "The staff number is missing or has the wrong form (up to four letters, then one to ten digits); the row was not taken. Put it right and choose the file again.";
        /// A cell that is no name.
        StaffNameWrong = "staff_name_wrong":
            "姓名为空或过长，此行未读入。请改正后重新选择文件。",
            "The name is missing or too long; the row was not taken. Put it right and choose the file again.";
        /// A role that there is not, or none.
        StaffRoleWrong = "staff_role_wrong":
            "角色为空或不认识，此行未读入。可填：窗口人员、主管、系统管理员、安全管理员、审计员，多个用分号隔开。",
            "The role is missing or not known; the row was not taken. Write clerk, supervisor, system_admin, security_admin or auditor, several with semicolons between them.";
        /// The number stands further up.
        StaffRepeated {
            /// Line on which it stands first.
            line: u32,
        } = "staff_repeated":
            "与第 {line} 行的工号相同，此行未读入。请核对是否重复或输错。",
            "The staff number of line {line} again; the row was not taken. Check whether it is a repetition or a slip.";
        /// A rule or the centre refuses the row.
        StaffRefused {
            /// What is wrong with it.
            why: Refusal,
        } = "staff_refused":
            "此行不能新增。{why}改正后请重新选择文件。",
            "The row cannot be added. {why} Put it right and choose the file again.";
    }
}
