// Files of targets, also such as nobody should write.
#include "outdial/target_files/row_parser.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "contract/suite/values.h"
#include "outdial/entities/error.h"
#include "outdial/wire/entity_json.h"
#include "outdial/wire/json.h"
#include "support/catch.h"

namespace outdial::target_files {
namespace {

using contract::Outcome;

struct File {
  std::vector<Row> rows;
  absl::Status status;
};

// Reads `text` in pieces of `piece_size` bytes.
File Read(const std::string& text, const FileSettings& settings, std::size_t piece_size) {
  File file;
  RowParser parser(settings, [&](Row row) { file.rows.push_back(std::move(row)); });
  for (std::size_t i = 0; i < text.size() && file.status.ok(); i += piece_size) {
    file.status = parser.Parse(std::string_view(text).substr(i, piece_size));
  }
  if (file.status.ok()) file.status = parser.Finish();
  return file;
}

// "line: name|detail|data|destination_0 …", or "line: REASON field".
std::vector<std::string> Show(const std::vector<Row>& rows) {
  std::vector<std::string> shown;
  for (const Row& row : rows) {
    std::string text = std::to_string(row.line) + ": ";
    if (row.target.ok()) {
      text += row.target->name.value() + "|" + row.target->detail.value() + "|" +
              row.target->data.value();
      for (const auto& address : row.target->destinations) {
        if (address.has_value()) text += " " + address->type() + "=" + address->target();
      }
    } else {
      text += Outcome(row.target) + " " + GetField(row.target.status());
    }
    shown.push_back(text);
  }
  return shown;
}

using Rows = std::vector<std::string>;

// What is read is the same, in whatever pieces it comes.
Rows ReadAll(const std::string& text, FileSettings settings = {}) {
  const File whole = Read(text, settings, std::max<std::size_t>(text.size(), 1));
  INFO(whole.status);
  CHECK(whole.status.ok());
  for (const std::size_t piece : {1U, 2U, 3U, 7U}) {
    const File pieces = Read(text, settings, piece);
    CHECK(Show(pieces.rows) == Show(whole.rows));
    CHECK(pieces.status == whole.status);
  }
  return Show(whole.rows);
}

std::string Refusal(const std::string& text, FileSettings settings = {}) {
  const File file = Read(text, settings, 1000);
  return Outcome(file.status) + ": " + std::string(file.status.message());
}

FileSettings JsonLines() { return {.format = Format::kJsonLines}; }

TEST_CASE("CSV: columns are the fields of a target") {
  CHECK(ReadAll("name,detail,data,destination_0,destination_1,destination_4,other\n"
                "Ann,d,\"{\"\"k\"\":1}\",+1 555,sip:ann@x,\"{\"\"type\"\":\"\"tel\"\","
                "\"\"target\"\":\"\"+2\"\"}\",o\n"
                "Bob\n"
                ",,,0151/234\n") == Rows{"2: Ann|d|{\"k\":1} tel=+1 555 sip=sip:ann@x tel=+2",
                                         "3: Bob||", "4: || tel=0151/234"});
  // In any order.
  CHECK(ReadAll(" destination_0 ,name\n+1,Ann") == Rows{"2: Ann|| tel=+1"});
}

TEST_CASE("CSV: as programs write it") {
  const Rows expected = {"2: Ann|| tel=+1", "3: Bob|| tel=+2"};
  CHECK(ReadAll("name,destination_0\r\nAnn,+1\r\nBob,+2\r\n") == expected);
  CHECK(ReadAll("\xef\xbb\xbfname,destination_0\nAnn,+1\nBob,+2") == expected);
  CHECK(ReadAll("name;destination_0\nAnn;+1\nBob;+2\n") == expected);
  CHECK(ReadAll("name\tdestination_0\nAnn\t+1\nBob\t+2\n") == expected);
  CHECK(ReadAll("name|destination_0\nAnn|+1\nBob|+2\n") == expected);
  CHECK(ReadAll("name:destination_0\nAnn:+1\nBob:+2\n", {.delimiter = ':'}) == expected);
  CHECK(ReadAll("\"name\",\"destination_0\"\r\n\"Ann\",\"+1\"\r\n\"Bob\",\"+2\"\r\n") == expected);
  CHECK(ReadAll("\nname,destination_0,,\n\n\r\nAnn,,,\n\n") == Rows{"5: Ann||"});
  // Old ones end lines with a CR alone.
  CHECK(ReadAll("name,destination_0\rAnn,+1\rBob,+2\r") == expected);
  CHECK(ReadAll("name,destination_0\r\"Ann\",\"+1\"\r\"Bob\",+2") == expected);
  CHECK(ReadAll("name,destination_0\r").empty());
  // What the names of columns hold does not tell what separates them.
  CHECK(ReadAll("\"a, b, c\";name;destination_0\nx;Ann;+1\nx;Bob;+2") == expected);
}

TEST_CASE("CSV: blanks around quotes") {
  CHECK(ReadAll("name, \"destination_0\",  \"x, y\"\nAnn, \"+1\" ,\n \"Doe, A\" , \"+2\" \r\n") ==
        Rows{"2: Ann|| tel=+1", "3: Doe, A|| tel=+2"});
  CHECK(
      ReadAll("name,destination_0\n\"Ann\" \"+1\"\n\"Bob\" \",+2\nCid,+3\n\"Dan\" ,+4\n") ==
      Rows{"2: MALFORMED_REQUEST ", "3: MALFORMED_REQUEST ", "4: Cid|| tel=+3", "5: Dan|| tel=+4"});
  // Without quotes they belong to the field.
  CHECK(ReadAll("name,destination_0\n  Ann ,+1\n  ,  \n , \"\"\n") ==
        Rows{"2:   Ann || tel=+1", "3:   ||", "4:  ||"});
  CHECK(ReadAll("   \nname,destination_0\nAnn,+1\n") == Rows{"3: Ann|| tel=+1"});
  CHECK(ReadAll("\"name\" \"destination_0\"\nAnn +1\n", {.delimiter = ' '}) ==
        Rows{"2: Ann|| tel=+1"});
}

TEST_CASE("CSV: a number that a spreadsheet has shortened is none") {
  CHECK(ReadAll("name,destination_0\nAnn,1.2125550123E+10\nBob,\"4,915E12\"\nCid,5e3\nEve,e5\n"
                "Fay,1.5\nGus,12E\n") ==
        Rows{"2: INVALID_PHONE_NUMBER destination_0", "3: INVALID_PHONE_NUMBER destination_0",
             "4: INVALID_PHONE_NUMBER destination_0", "5: Eve|| tel=e5", "6: Fay|| tel=1.5",
             "7: Gus|| tel=12E"});
}

TEST_CASE("CSV: a line without anything is no row") {
  const Rows expected = {"4: Ann|| tel=+1", "6: ||", "7: ||"};
  CHECK(ReadAll(",,\nname,destination_0,x\n,\nAnn,+1,\n,,\n\"\",,\n,\"\"\n,,\n,,") == expected);
  CHECK(ReadAll(";\r\nname;destination_0\r\n;\r\nAnn;+1\r\n;;\r\n;\"\"\r\n\"\"\r\n;\r\n;") ==
        expected);
}

TEST_CASE("CSV: a row may have more columns than the header where they are empty") {
  CHECK(
      ReadAll("name,destination_0\nAnn,+1,\nBob,+2,,\"\",\nCid,+3,,x\n,,,x,\n") ==
      Rows{"2: Ann|| tel=+1", "3: Bob|| tel=+2", "4: MALFORMED_REQUEST ", "5: MALFORMED_REQUEST "});
}

TEST_CASE("CSV: a word before a colon is a type where there is such a type") {
  CHECK(ReadAll("destination_0,destination_1\n"
                "mobile: 2125550135,Mobile: 2125550135\n"
                "extension:1001,whatsapp:+12125550135\n"
                "TEL:+1,Sips:a@b\n"
                "teleph:1,Line:2\n"
                " sip:a@b , extension:1001\n"
                "\"{\"\"type\"\":\"\"mobile\"\",\"\"target\"\":\"\"1\"\"}\",\n") ==
        Rows{"2: || tel=mobile: 2125550135 tel=Mobile: 2125550135",
             "3: || extension=1001 whatsapp=+12125550135", "4: || tel=+1 sip=Sips:a@b",
             "5: || tel=teleph:1 tel=Line:2", "6: || sip=sip:a@b extension=1001",
             "7: || mobile=1"});
}

TEST_CASE("CSV: a number that was made a quantity is not read with its fraction") {
  for (const std::string text :
       {"030123456.0", "49301234567.0", "301234567.5", "030123457.00", "\"030123456,0\"",
        "\"030123456,00\"", "+49301234567.0", "1234567.0", " 49301234567.0 "}) {
    INFO(text);
    const File file = Read("destination_0\n" + text + "\n", {}, 1000);
    REQUIRE(file.rows.size() == 1);
    const absl::Status status = file.rows[0].target.status();
    CHECK(GetReason(status) == Reason::kInvalidPhoneNumber);
    CHECK(GetField(status) == "destination_0");
    CHECK(std::string(status.message()).find("a quantity") != std::string::npos);
  }
  for (const std::string text :
       {"212.555.0143", "030.123456", "0301234.56", "030123456.000", "030123456.", "123456.0",
        "030 1234567.0", "0301234567.0.0", "x0301234567.0", "49301234567"}) {
    CHECK(ReadAll("destination_0\n" + text + "\n") == Rows{"2: || tel=" + text});
  }
  CHECK(ReadAll("{\"destination_0\":\"49301234567.0\"}", JsonLines()) ==
        Rows{"1: INVALID_PHONE_NUMBER destination_0"});
}

TEST_CASE("a refused row that nobody has mended is refused again") {
  CHECK(ReadAll("rejected_line,rejected_reason,name,destination_0\n2,too short,,\n3,x,Ann,+1\n") ==
        Rows{"2: MALFORMED_REQUEST ", "3: Ann|| tel=+1"});
  CHECK(ReadAll(
            "{\"rejected_line\":1,\"rejected_row\":\"[1\"}\n{\"rejected_line\":2,\"name\":\"Ann\"}",
            JsonLines()) == Rows{"1: MALFORMED_REQUEST ", "2: Ann||"});
}

TEST_CASE("CSV: quoted fields") {
  CHECK(ReadAll("name,detail,destination_0\n"
                "\"a,b\",\"c\nd\"\n"
                "\"say \"\"hi\"\"\",\"\"\n"
                "5\" disk,x\n"
                "\"a\"b,c\n"
                "\"last\",\"x\r\ny\"\r\n") == Rows{"2: a,b|c\nd|", "4: say \"hi\"||",
                                                   "5: 5\" disk|x|", "6: MALFORMED_REQUEST ",
                                                   "7: last|x\r\ny|"});
}

TEST_CASE("CSV: a row that is wrong is refused, and the next one is read") {
  const std::string nul("x\0y", 3);
  CHECK(ReadAll("name,destination_0\n"
                "Ann,+1,too,many\n" +
                nul + ",+2\n" + "\xff,+3\n" + std::string(256, 'x') + ",+4\n" +
                "Bob,\"{\"\"type\"\":1}\"\nEve,{not json\nCid,tel:\nDan,+5\n") ==
        Rows{"2: MALFORMED_REQUEST ", "3: TEXT_HAS_NUL name", "4: TEXT_NOT_UTF8 name",
             "5: TEXT_TOO_LONG name", "6: WRONG_TYPE destination_0.type",
             "7: BODY_NOT_JSON destination_0", "8: WRONG_TYPE destination_0", "9: Dan|| tel=+5"});
}

TEST_CASE("CSV: what is too large is refused without being kept") {
  std::string text = "name,destination_0\n";
  text += "Ann," + std::string(2 * kMaxRowBytes, 'x') + "\nBob,+1\n";
  text += std::string(kMaxColumns, ',') + "\nCid,+2\n" + std::string(1'000'000, ',') + "\nDan,+3";
  const File file = Read(text, {}, 65536);
  CHECK(file.status.ok());
  CHECK(Show(file.rows) == Rows{"2: ROW_TOO_LARGE ", "3: Bob|| tel=+1", "4: ROW_TOO_LARGE ",
                                "5: Cid|| tel=+2", "6: ROW_TOO_LARGE ", "7: Dan|| tel=+3"});
  CHECK(file.rows[0].size == 2 * kMaxRowBytes + 4);
}

TEST_CASE("CSV: a row that is too large ends where its quotes say") {
  const std::string wide(kMaxColumns + 5, ',');
  CHECK(ReadAll("name,destination_0\n" + wide + "\"x\nEve,+15550001111\ny\"\"\n\",z\nBob,+1\n") ==
        Rows{"2: ROW_TOO_LARGE ", "6: Bob|| tel=+1"});
  CHECK(ReadAll("name,destination_0\nAnn,\"" + std::string(kMaxRowBytes - 10, 'x') +
                "\",\"\nEve,+2\"\n"
                "Bob,+1\n") == Rows{"2: ROW_TOO_LARGE ", "4: Bob|| tel=+1"});
  // It may have taken in others.
  const File file = Read(
      "name,destination_0\nAnn,\"+1\nBob,+2\n" + std::string(kMaxRowBytes, 'x') + "\nCid,\"+3\"\n",
      {}, 65536);
  CHECK(file.status.ok());
  REQUIRE(file.rows.size() == 1);
  CHECK(std::string(file.rows[0].target.status().message())
            .ends_with("It ends in line 5: the quote in line 2 may lack its end."));
  CHECK(Refusal("destination_0\n" + wide + "\"x\n")
            .starts_with("MALFORMED_REQUEST: The quote in line 2"));
}

TEST_CASE("CSV: a file without the right header is refused") {
  CHECK(Refusal("") ==
        "MALFORMED_REQUEST: The file is empty: its first line has to name its columns.");
  CHECK(Refusal("\n\r\n\n") ==
        "MALFORMED_REQUEST: The file is empty: its first line has to name its columns.");
  CHECK(Refusal("\xef\xbb\xbf") ==
        "MALFORMED_REQUEST: The file is empty: its first line has to name its columns.");
  const auto no_destination = [](const std::string& names) {
    return "MALFORMED_REQUEST: No column is a destination (the first line names: " + names +
           "): name one destination_0, or, on the command line, map one: --map "
           "COLUMN=destination_0.";
  };
  CHECK(Refusal("Ann,+1\nBob,+2\n") == no_destination("Ann, +1"));
  CHECK(Refusal("name,phone\nAnn,+1\n") == no_destination("name, phone"));
  CHECK(Refusal("Who;Mobile\nAnn;+1\n", {.columns = {{"Who", "name"}}}) ==
        no_destination("Who, Mobile"));
  CHECK(Refusal("name," + std::string(101, 'x') + ",y\n") == no_destination("name, …"));
  CHECK(Refusal("name,detail,name\n") == "MALFORMED_REQUEST: The header names a column twice.");
  CHECK(Refusal("name,detail,Name\n", {.columns = {{"Name", "name"}}}) ==
        "MALFORMED_REQUEST: Two columns are the field name.");
  CHECK(Refusal("name\n", {.columns = {{"Mobile", "destination_0"}}}) ==
        "MALFORMED_REQUEST: The header does not name the column Mobile.");
  CHECK(Refusal("name,\xff\n") ==
        "TEXT_NOT_UTF8: The field header is not valid UTF-8. Save the file as UTF-8, or, on the "
        "command "
        "line, say --encoding latin1.");
  CHECK(Refusal(std::string("name\0\n", 6)).starts_with("TEXT_HAS_NUL"));
  CHECK(Refusal(std::string(1'000'000, ',')).starts_with("ROW_TOO_LARGE"));
  CHECK(Refusal(std::string(3 * kMaxRowBytes, 'x')).starts_with("ROW_TOO_LARGE"));
}

TEST_CASE("a file that is no text is refused with what it is") {
  const Format format = GENERATE(Format::kCsv, Format::kJsonLines);
  const std::size_t piece = GENERATE(1U, 3U, 1000U);
  for (const auto& [text, what] : std::vector<std::pair<std::string, std::string>>{
           {std::string("\xff\xfen\0a\0m\0e\0\n\0", 12), "UTF-16: save it as CSV in UTF-8."},
           {std::string("\xfe\xff\0n\0a\0m\0e\0\n", 12), "UTF-16: save it as CSV in UTF-8."},
           {"\x1f\x8b\x08\n\n", "compressed with gzip: unpack it first."},
           {"PK\x03\x04\n",
            "a spreadsheet program's own, such as .xlsx, or a ZIP archive: save it as CSV in "
            "UTF-8."}}) {
    const File file = Read(text, {.format = format}, piece);
    CHECK(Outcome(file.status) + ": " + std::string(file.status.message()) ==
          "MALFORMED_REQUEST: The file is " + what);
    CHECK(file.rows.empty());
  }
}

TEST_CASE("what is wrong with a destination is said") {
  const auto message = [](const std::string& text, FileSettings settings) {
    const absl::Status status = Read(text, settings, 1000).rows.at(0).target.status();
    CHECK(GetField(status) == "destination_0");
    return std::string(status.message());
  };
  for (const std::string value : {"12125550124", "[]", "true"}) {
    CHECK(message("{\"destination_0\":" + value + "}", JsonLines()) ==
          "destination_0 must be a text, such as \"+12125550123\", or an object.");
  }
  CHECK(message("destination_0\n{bad\n", {}) ==
        "destination_0 begins as a JSON address and is none, such as "
        "{\"type\":\"tel\",\"target\":\"+15551234567\"}.");
}

TEST_CASE("what to do about bytes that are not UTF-8 is said") {
  const auto message = [](const std::string& text, FileSettings settings) {
    return std::string(Read(text, settings, 1000).rows.at(0).target.status().message());
  };
  const std::string advice =
      " is not valid UTF-8. Save the file as UTF-8, or, on the command line, say --encoding "
      "latin1.";
  CHECK(message("name,destination_0\nCaf\xe9,\n", {}) == "The field name" + advice);
  CHECK(message("destination_0,x\n+1,Caf\xe9\n", {.keep_rest = true}) == "The field x" + advice);
  CHECK(message("{\"name\":\"Caf\xe9\"}", JsonLines()) == "The line" + advice);
}

TEST_CASE("CSV: a quote without an end ends the file") {
  const File file = Read("name,destination_0\nAnn\n\"Bob\nCid\n", {}, 4);
  CHECK(Outcome(file.status) == "MALFORMED_REQUEST");
  CHECK(std::string(file.status.message()) == "The quote in line 3 lacks its end.");
  CHECK(Show(file.rows) == Rows{"2: Ann||"});
  // It is not looked for without end.
  constexpr std::size_t kMaxQuotedBytes = 64 * 1024 * 1024;
  const File large = Read("name,destination_0\nAnn\n\"" + std::string(kMaxQuotedBytes - 1, '\n') +
                              "\"\n\"" + std::string(kMaxQuotedBytes + 1, '\n'),
                          {}, 65536);
  CHECK(Show(large.rows) == Rows{"2: Ann||", "3: ROW_TOO_LARGE "});
  CHECK(Outcome(large.status) + ": " + std::string(large.status.message()) ==
        "ROW_TOO_LARGE: A field of the row that begins in line 67108867 is larger than 67108864 "
        "bytes: the quote in line 67108867 may lack its end.");
}

TEST_CASE("CSV: a quoted field that is too large is refused with its row alone") {
  const std::string large = "\"" + std::string(2 * kMaxRowBytes, ',') + "\"";
  const File file =
      Read("name,destination_0\n" + large + ",+1\nAnn,+2\nBob," + large + "\n\"Cid\",\"+3\"\n",
           {.keep_text = true}, 65536);
  CHECK(file.status.ok());
  CHECK(Show(file.rows) ==
        Rows{"2: ROW_TOO_LARGE ", "3: Ann|| tel=+2", "4: ROW_TOO_LARGE ", "5: Cid|| tel=+3"});
  CHECK(file.rows.at(0).text.empty());
  CHECK(Refusal("name,destination_0\n\"" + std::string(2 * kMaxRowBytes, 'x')) ==
        "MALFORMED_REQUEST: The quote in line 2 lacks its end.");
}

TEST_CASE("CSV: columns of other names, and what is left over") {
  const FileSettings settings{.columns = {{"Mobile", "destination_0"}, {"Who", "name"}},
                              .keep_rest = true};
  CHECK(ReadAll("Who,Mobile,Town,Age\nAnn,+1,Paris,7\nBob,+2,,\n", settings) ==
        Rows{R"(2: Ann||{"Town":"Paris","Age":"7"} tel=+1)", "3: Bob|| tel=+2"});
  CHECK(Refusal("Who,Mobile,data\n", settings) ==
        "MALFORMED_REQUEST: What is left over cannot be kept in data, which is a column.");
}

TEST_CASE("CSV: what is left over in columns without a name") {
  const FileSettings settings{.keep_rest = true};
  CHECK(ReadAll("name,destination_0,,\nAnn,+1,x,y\nBob,+2,,\nCid,+3,,z\n", settings) ==
        Rows{R"(2: Ann||{"column 3":"x","column 4":"y"} tel=+1)", "3: Bob|| tel=+2",
             R"(4: Cid||{"column 4":"z"} tel=+3)"});
  CHECK(ReadAll(",destination_0,column 1,column 3, \na,+1,b,c,d\n", settings) ==
        Rows{R"(2: ||{"column 2":"a","column 1":"b","column 3":"c","column 5":"d"} tel=+1)"});
  // As in the file that the rows were refused of.
  CHECK(ReadAll("rejected_line,rejected_reason,destination_0,,note\n5,why,+1,a,b\n", settings) ==
        Rows{R"(2: ||{"column 2":"a","note":"b"} tel=+1)"});
}

TEST_CASE("CSV: Latin-1") {
  const FileSettings latin1{.encoding = Encoding::kLatin1};
  CHECK(ReadAll("name,destination_0\nCaf\xe9\n", latin1) == Rows{"2: Caf\u00e9||"});
  // As programs on Windows write it.
  CHECK(ReadAll("name,destination_0\n\x80\x92\x96\x9f\xa0\xff\x7f\n", latin1) ==
        Rows{"2: \u20ac\u2019\u2013\u0178\u00a0\u00ff\x7f||"});
  CHECK(ReadAll("name,destination_0\n\x81\x8d\x8f\x90\x9d\n", latin1) ==
        Rows{"2: \xc2\x81\xc2\x8d\xc2\x8f\xc2\x90\xc2\x9d||"});
  // A byte order mark knows better.
  CHECK(ReadAll("\xef\xbb\xbfname,destination_0\nCaf\xc3\xa9\n", latin1) == Rows{"2: Caf\u00e9||"});
}

TEST_CASE("rows bring their text where it is wanted") {
  FileSettings settings{.keep_text = true};
  const File csv = Read("name,destination_0\r\n\"a\nb\",c\r\n\xff,\"\"\n", settings, 3);
  REQUIRE(csv.rows.size() == 2);
  CHECK(csv.rows[0].text == "\"a\nb\",c");
  CHECK(csv.rows[1].text == "\xff,\"\"");
  settings.format = Format::kJsonLines;
  const File lines = Read("{\"name\": \"a\"}\r\n", settings, 3);
  CHECK(lines.rows.at(0).text == "{\"name\": \"a\"}");
  // None that is too large to be whole.
  settings.format = Format::kCsv;
  CHECK(Read("destination_0\n" + std::string(kMaxColumns, ','), settings, 100)
            .rows.at(0)
            .text.empty());
}

TEST_CASE("JSON lines: an object in each") {
  CHECK(ReadAll("\xef\xbb\xbf{\"name\":\"Ann\",\"destination_0\":\"+1\",\"x\":1}\r\n\n"
                "{\"destination_1\":{\"type\":\"sip\",\"target\":\"sip:a\"},\"detail\":null}\n \n"
                "[1]\nnot json\n{\"name\":1}\n{\"destination_2\":7}\n{\"name\":\"\xff\"}\n{}",
                JsonLines()) == Rows{"1: Ann|| tel=+1", "3: || sip=sip:a", "5: WRONG_TYPE ",
                                     "6: BODY_NOT_JSON ", "7: WRONG_TYPE name",
                                     "8: WRONG_TYPE destination_2", "9: TEXT_NOT_UTF8 ", "10: ||"});
  CHECK(ReadAll("", JsonLines()).empty());
  const File large =
      Read("{\"name\":\"" + std::string(2 * kMaxRowBytes, 'x') + "\"}\n{}", JsonLines(), 10'000);
  CHECK(Show(large.rows) == Rows{"1: ROW_TOO_LARGE ", "2: ||"});
}

TEST_CASE("JSON lines: an object without any field is refused") {
  FileSettings settings = JsonLines();
  settings.columns = {{"Who", "name"}};
  CHECK(ReadAll("{\"Mobile\":\"+1\",\"Name\":\"Ann\"}\n{\"Who\":\"Ann\",\"Mobile\":\"+1\"}\n"
                "{\"rejected_line\":1,\"rejected_reason\":\"x\"}\n{}",
                settings) == Rows{"1: WRONG_TYPE ", "2: Ann||", "3: ||", "4: ||"});
  settings.keep_rest = true;
  CHECK(ReadAll("{\"Mobile\":\"+1\"}", settings) == Rows{R"(1: ||{"Mobile":"+1"})"});
}

TEST_CASE("JSON lines: a row of too many values is refused") {
  FileSettings settings = JsonLines();
  settings.keep_rest = true;
  const auto line = [](std::size_t values) {  // beside the object and its array
    std::string text = "{\"rest\":[";
    for (std::size_t i = 0; i < values; ++i) text += i == 0 ? "{}" : ",{}";
    return text + "]}";
  };
  const std::size_t most = kMaxJsonValues - 2;
  const File file =
      Read(line(most) + "\n" + line(most + 1) + "\n{\"name\":\"Ann\"}\n", settings, 65536);
  REQUIRE(file.rows.size() == 3);
  CHECK(file.rows[0].target.ok());
  CHECK(GetReason(file.rows[1].target.status()) == Reason::kRowTooLarge);
  CHECK(file.rows[2].target.ok());
}

TEST_CASE("JSON lines: an array is no such file") {
  CHECK(Refusal("\n [{\"name\":\"Ann\"}]\n", JsonLines()) ==
        "MALFORMED_REQUEST: The file is a JSON array: an object in each line is wanted.");
}

TEST_CASE("JSON lines: what is left over") {
  FileSettings settings = JsonLines();
  settings.keep_rest = true;
  CHECK(ReadAll("{\"name\":\"Ann\",\"town\":\"Paris\",\"n\":[1]}\n{\"town\":1,\"data\":\"x\"}",
                settings) == Rows{R"(1: Ann||{"town":"Paris","n":[1]})", "2: WRONG_TYPE data"});
  CHECK(ReadAll("{\"data\":null,\"x\":1}\n{\"x\":1,\"data\":\"\"}", settings) ==
        Rows{R"(1: ||{"x":1})", R"(2: ||{"x":1})"});
}

}  // namespace
}  // namespace outdial::target_files
