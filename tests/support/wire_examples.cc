#include "support/wire_examples.h"

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "nlohmann/json.hpp"

// clang-format off
namespace outdial::test {

const std::vector<WireExample>& WireExamples() {
  static const auto& examples = *new std::vector<WireExample>{
      {R"json({"uri":"/v1/outdials","method":"POST","publisher":"campaign-manager","data_type":"application/json","data":{"customer_id":"5e4a0680-804e-11ec-8477-2fea5968d85b","campaign_id":"6e4a0680-804e-11ec-8477-2fea5968d85b","name":"spring","detail":"first list","data":"{\"k\": 1}"}})json",
       R"json({"status_code":200,"data_type":"application/json","data":{"id":"ee393330-964f-494d-9225-898ef59a2bfb","customer_id":"5e4a0680-804e-11ec-8477-2fea5968d85b","campaign_id":"6e4a0680-804e-11ec-8477-2fea5968d85b","name":"spring","detail":"first list","data":"{\"k\": 1}","tm_create":"2026-11-22T15:10:13.700743Z","tm_update":null,"tm_delete":null}})json"},
      {R"json({"uri":"/v1/outdials/ee393330-964f-494d-9225-898ef59a2bfb","method":"GET","publisher":"campaign-manager","data_type":"application/json"})json",
       R"json({"status_code":200,"data_type":"application/json","data":{"id":"ee393330-964f-494d-9225-898ef59a2bfb","customer_id":"5e4a0680-804e-11ec-8477-2fea5968d85b","campaign_id":"6e4a0680-804e-11ec-8477-2fea5968d85b","name":"spring","detail":"first list","data":"{\"k\": 1}","tm_create":"2026-11-22T15:10:13.700743Z","tm_update":null,"tm_delete":null}})json"},
      {R"json({"uri":"/v1/outdials?page_token=&page_size=10","method":"GET","publisher":"campaign-manager","data_type":"application/json","data":{"customer_id":"5e4a0680-804e-11ec-8477-2fea5968d85b","deleted":false}})json",
       R"json({"status_code":200,"data_type":"application/json","data":[{"id":"ee393330-964f-494d-9225-898ef59a2bfb","customer_id":"5e4a0680-804e-11ec-8477-2fea5968d85b","campaign_id":"6e4a0680-804e-11ec-8477-2fea5968d85b","name":"spring","detail":"first list","data":"{\"k\": 1}","tm_create":"2026-11-22T15:10:13.700743Z","tm_update":null,"tm_delete":null}]})json"},
      {R"json({"uri":"/v1/outdials/ee393330-964f-494d-9225-898ef59a2bfb","method":"PUT","publisher":"campaign-manager","data_type":"application/json","data":{"name":"summer","detail":""}})json",
       R"json({"status_code":200,"data_type":"application/json","data":{"id":"ee393330-964f-494d-9225-898ef59a2bfb","customer_id":"5e4a0680-804e-11ec-8477-2fea5968d85b","campaign_id":"6e4a0680-804e-11ec-8477-2fea5968d85b","name":"summer","detail":"","data":"{\"k\": 1}","tm_create":"2026-11-22T15:10:13.700743Z","tm_update":"2026-11-22T15:10:13.796263Z","tm_delete":null}})json"},
      {R"json({"uri":"/v1/outdials/ee393330-964f-494d-9225-898ef59a2bfb/campaign_id","method":"PUT","publisher":"campaign-manager","data_type":"application/json","data":{"campaign_id":"7e4a0680-804e-11ec-8477-2fea5968d85b"}})json",
       R"json({"status_code":200,"data_type":"application/json","data":{"id":"ee393330-964f-494d-9225-898ef59a2bfb","customer_id":"5e4a0680-804e-11ec-8477-2fea5968d85b","campaign_id":"7e4a0680-804e-11ec-8477-2fea5968d85b","name":"summer","detail":"","data":"{\"k\": 1}","tm_create":"2026-11-22T15:10:13.700743Z","tm_update":"2026-11-22T15:10:13.828327Z","tm_delete":null}})json"},
      {R"json({"uri":"/v1/outdials/ee393330-964f-494d-9225-898ef59a2bfb/data","method":"PUT","publisher":"campaign-manager","data_type":"application/json","data":{"data":"plain text"}})json",
       R"json({"status_code":200,"data_type":"application/json","data":{"id":"ee393330-964f-494d-9225-898ef59a2bfb","customer_id":"5e4a0680-804e-11ec-8477-2fea5968d85b","campaign_id":"7e4a0680-804e-11ec-8477-2fea5968d85b","name":"summer","detail":"","data":"plain text","tm_create":"2026-11-22T15:10:13.700743Z","tm_update":"2026-11-22T15:10:13.860256Z","tm_delete":null}})json"},
      {R"json({"uri":"/v1/outdials/ee393330-964f-494d-9225-898ef59a2bfb/targets","method":"POST","publisher":"campaign-manager","data_type":"application/json","data":{"name":"Ann","detail":"d","data":"","destination_0":{"type":"tel","target":"+15551230001","target_name":"mobile"},"destination_1":null,"destination_2":{"type":"sip","target":"sip:ann@example.com","name":"n","detail":"x"},"destination_3":null,"destination_4":null}})json",
       R"json({"status_code":200,"data_type":"application/json","data":{"id":"493a2be8-ac60-4417-8c89-4bac07ce68a1","outdial_id":"ee393330-964f-494d-9225-898ef59a2bfb","name":"Ann","detail":"d","data":"","status":"idle","destination_0":{"type":"tel","target":"+15551230001","target_name":"mobile"},"destination_1":null,"destination_2":{"type":"sip","target":"sip:ann@example.com","name":"n","detail":"x"},"destination_3":null,"destination_4":null,"try_count_0":0,"try_count_1":0,"try_count_2":0,"try_count_3":0,"try_count_4":0,"tm_create":"2026-11-22T15:10:13.892155Z","tm_update":"2026-11-22T15:10:13.892155Z","tm_delete":null}})json"},
      {R"json({"uri":"/v1/outdialtargets/493a2be8-ac60-4417-8c89-4bac07ce68a1","method":"GET","publisher":"campaign-manager","data_type":"application/json"})json",
       R"json({"status_code":200,"data_type":"application/json","data":{"id":"493a2be8-ac60-4417-8c89-4bac07ce68a1","outdial_id":"ee393330-964f-494d-9225-898ef59a2bfb","name":"Ann","detail":"d","data":"","status":"idle","destination_0":{"type":"tel","target":"+15551230001","target_name":"mobile"},"destination_1":null,"destination_2":{"type":"sip","target":"sip:ann@example.com","name":"n","detail":"x"},"destination_3":null,"destination_4":null,"try_count_0":0,"try_count_1":0,"try_count_2":0,"try_count_3":0,"try_count_4":0,"tm_create":"2026-11-22T15:10:13.892155Z","tm_update":"2026-11-22T15:10:13.892155Z","tm_delete":null}})json"},
      {R"json({"uri":"/v1/outdials/ee393330-964f-494d-9225-898ef59a2bfb/targets?page_token=&page_size=10","method":"GET","publisher":"campaign-manager","data_type":"application/json"})json",
       R"json({"status_code":200,"data_type":"application/json","data":[{"id":"493a2be8-ac60-4417-8c89-4bac07ce68a1","outdial_id":"ee393330-964f-494d-9225-898ef59a2bfb","name":"Ann","detail":"d","data":"","status":"idle","destination_0":{"type":"tel","target":"+15551230001","target_name":"mobile"},"destination_1":null,"destination_2":{"type":"sip","target":"sip:ann@example.com","name":"n","detail":"x"},"destination_3":null,"destination_4":null,"try_count_0":0,"try_count_1":0,"try_count_2":0,"try_count_3":0,"try_count_4":0,"tm_create":"2026-11-22T15:10:13.892155Z","tm_update":"2026-11-22T15:10:13.892155Z","tm_delete":null}]})json"},
      {R"json({"uri":"/v1/outdials/ee393330-964f-494d-9225-898ef59a2bfb/available","method":"GET","publisher":"campaign-manager","data_type":"application/json","data":{"try_count_0":1,"try_count_1":0,"try_count_2":0,"try_count_3":0,"try_count_4":0,"limit":1}})json",
       R"json({"status_code":200,"data_type":"application/json","data":[{"id":"493a2be8-ac60-4417-8c89-4bac07ce68a1","outdial_id":"ee393330-964f-494d-9225-898ef59a2bfb","name":"Ann","detail":"d","data":"","status":"idle","destination_0":{"type":"tel","target":"+15551230001","target_name":"mobile"},"destination_1":null,"destination_2":{"type":"sip","target":"sip:ann@example.com","name":"n","detail":"x"},"destination_3":null,"destination_4":null,"try_count_0":0,"try_count_1":0,"try_count_2":0,"try_count_3":0,"try_count_4":0,"tm_create":"2026-11-22T15:10:13.892155Z","tm_update":"2026-11-22T15:10:13.892155Z","tm_delete":null}]})json"},
      {R"json({"uri":"/v1/outdialtargets/493a2be8-ac60-4417-8c89-4bac07ce68a1/progressing","method":"POST","publisher":"campaign-manager","data_type":"application/json","data":{"destination_index":2}})json",
       R"json({"status_code":200,"data_type":"application/json","data":{"id":"493a2be8-ac60-4417-8c89-4bac07ce68a1","outdial_id":"ee393330-964f-494d-9225-898ef59a2bfb","name":"Ann","detail":"d","data":"","status":"progressing","destination_0":{"type":"tel","target":"+15551230001","target_name":"mobile"},"destination_1":null,"destination_2":{"type":"sip","target":"sip:ann@example.com","name":"n","detail":"x"},"destination_3":null,"destination_4":null,"try_count_0":0,"try_count_1":0,"try_count_2":1,"try_count_3":0,"try_count_4":0,"tm_create":"2026-11-22T15:10:13.892155Z","tm_update":"2026-11-22T15:10:14.021557Z","tm_delete":null}})json"},
      {R"json({"uri":"/v1/outdialtargets/493a2be8-ac60-4417-8c89-4bac07ce68a1/status","method":"PUT","publisher":"campaign-manager","data_type":"application/json","data":{"status":"done"}})json",
       R"json({"status_code":200,"data_type":"application/json","data":{"id":"493a2be8-ac60-4417-8c89-4bac07ce68a1","outdial_id":"ee393330-964f-494d-9225-898ef59a2bfb","name":"Ann","detail":"d","data":"","status":"done","destination_0":{"type":"tel","target":"+15551230001","target_name":"mobile"},"destination_1":null,"destination_2":{"type":"sip","target":"sip:ann@example.com","name":"n","detail":"x"},"destination_3":null,"destination_4":null,"try_count_0":0,"try_count_1":0,"try_count_2":1,"try_count_3":0,"try_count_4":0,"tm_create":"2026-11-22T15:10:13.892155Z","tm_update":"2026-11-22T15:10:14.053813Z","tm_delete":null}})json"},
      {R"json({"uri":"/v1/outdialtargets/493a2be8-ac60-4417-8c89-4bac07ce68a1","method":"DELETE","publisher":"campaign-manager","data_type":"application/json"})json",
       R"json({"status_code":200,"data_type":"application/json","data":{"id":"493a2be8-ac60-4417-8c89-4bac07ce68a1","outdial_id":"ee393330-964f-494d-9225-898ef59a2bfb","name":"Ann","detail":"d","data":"","status":"done","destination_0":{"type":"tel","target":"+15551230001","target_name":"mobile"},"destination_1":null,"destination_2":{"type":"sip","target":"sip:ann@example.com","name":"n","detail":"x"},"destination_3":null,"destination_4":null,"try_count_0":0,"try_count_1":0,"try_count_2":1,"try_count_3":0,"try_count_4":0,"tm_create":"2026-11-22T15:10:13.892155Z","tm_update":"2026-11-22T15:10:14.085432Z","tm_delete":"2026-11-22T15:10:14.085432Z"}})json"},
      {R"json({"uri":"/v1/outdials/ee393330-964f-494d-9225-898ef59a2bfb","method":"DELETE","publisher":"campaign-manager","data_type":"application/json"})json",
       R"json({"status_code":200,"data_type":"application/json","data":{"id":"ee393330-964f-494d-9225-898ef59a2bfb","customer_id":"5e4a0680-804e-11ec-8477-2fea5968d85b","campaign_id":"7e4a0680-804e-11ec-8477-2fea5968d85b","name":"summer","detail":"","data":"plain text","tm_create":"2026-11-22T15:10:13.700743Z","tm_update":"2026-11-22T15:10:14.117074Z","tm_delete":"2026-11-22T15:10:14.117074Z"}})json"},
      {R"json({"uri":"/v1/outdials/00000000-0000-4000-8000-000000000001","method":"GET","publisher":"campaign-manager","data_type":"application/json"})json",
       R"json({"status_code":404,"data_type":"voipbin_error","data":{"status":"NOT_FOUND","reason":"OUTDIAL_NOT_FOUND","domain":"outdial-manager","message":"The outdial was not found."}})json"},
      {R"json({"uri":"/v1/outdialtargets/00000000-0000-4000-8000-000000000001","method":"GET","publisher":"campaign-manager","data_type":"application/json"})json",
       R"json({"status_code":404,"data_type":"voipbin_error","data":{"status":"NOT_FOUND","reason":"OUTDIAL_TARGET_NOT_FOUND","domain":"outdial-manager","message":"The outdial target was not found."}})json"},
  };
  return examples;
}

const std::vector<std::string>& EventExamples() {
  static const auto& events = *new std::vector<std::string>{
      R"json({"type":"outdial_created","publisher":"outdial-manager","data_type":"application/json","data":{"id":"ee393330-964f-494d-9225-898ef59a2bfb","customer_id":"5e4a0680-804e-11ec-8477-2fea5968d85b","campaign_id":"6e4a0680-804e-11ec-8477-2fea5968d85b","name":"spring","detail":"first list","data":"{\"k\": 1}","tm_create":"2026-11-22T15:10:13.700743Z","tm_update":null,"tm_delete":null}})json",
      R"json({"type":"outdial_updated","publisher":"outdial-manager","data_type":"application/json","data":{"id":"ee393330-964f-494d-9225-898ef59a2bfb","customer_id":"5e4a0680-804e-11ec-8477-2fea5968d85b","campaign_id":"6e4a0680-804e-11ec-8477-2fea5968d85b","name":"summer","detail":"","data":"{\"k\": 1}","tm_create":"2026-11-22T15:10:13.700743Z","tm_update":"2026-11-22T15:10:13.796263Z","tm_delete":null}})json",
      R"json({"type":"outdial_updated","publisher":"outdial-manager","data_type":"application/json","data":{"id":"ee393330-964f-494d-9225-898ef59a2bfb","customer_id":"5e4a0680-804e-11ec-8477-2fea5968d85b","campaign_id":"7e4a0680-804e-11ec-8477-2fea5968d85b","name":"summer","detail":"","data":"{\"k\": 1}","tm_create":"2026-11-22T15:10:13.700743Z","tm_update":"2026-11-22T15:10:13.828327Z","tm_delete":null}})json",
      R"json({"type":"outdial_updated","publisher":"outdial-manager","data_type":"application/json","data":{"id":"ee393330-964f-494d-9225-898ef59a2bfb","customer_id":"5e4a0680-804e-11ec-8477-2fea5968d85b","campaign_id":"7e4a0680-804e-11ec-8477-2fea5968d85b","name":"summer","detail":"","data":"plain text","tm_create":"2026-11-22T15:10:13.700743Z","tm_update":"2026-11-22T15:10:13.860256Z","tm_delete":null}})json",
      R"json({"type":"outdial_deleted","publisher":"outdial-manager","data_type":"application/json","data":{"id":"ee393330-964f-494d-9225-898ef59a2bfb","customer_id":"5e4a0680-804e-11ec-8477-2fea5968d85b","campaign_id":"7e4a0680-804e-11ec-8477-2fea5968d85b","name":"summer","detail":"","data":"plain text","tm_create":"2026-11-22T15:10:13.700743Z","tm_update":"2026-11-22T15:10:14.117074Z","tm_delete":"2026-11-22T15:10:14.117074Z"}})json",
  };
  return events;
}

}  // namespace outdial::test
// clang-format on

namespace outdial::test {
namespace {

using Json = nlohmann::json;

bool IsTime(const std::string& key) { return key.starts_with("tm_"); }

// "2026-01-15T09:30:00.000000Z"
bool LooksLikeTime(const std::string& text) {
  constexpr std::string_view kForm = "dddd-dd-ddTdd:dd:dd.ddddddZ";
  if (text.size() != kForm.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_digit = text[i] >= '0' && text[i] <= '9';
    if (kForm[i] == 'd' ? !is_digit : text[i] != kForm[i]) return false;
  }
  return true;
}

std::string Difference(const Json& expected, const Json& actual) {
  return "expected " + expected.dump() + ", got " + actual.dump();
}

// Times need not be equal; but those that were equal stay so, and one that was not set stays that.
std::string CompareTimes(const Json& expected, const Json& actual) {
  std::map<std::string, std::string> seen;  // actual times by recorded ones
  for (const auto& [key, value] : expected.items()) {
    if (!IsTime(key)) continue;
    const Json& other = actual.at(key);
    if (value.is_null() && other.is_null()) continue;
    if (!value.is_string() || !other.is_string() || !LooksLikeTime(other.get<std::string>())) {
      return Difference(expected, actual);
    }
    const auto [position, is_new] =
        seen.try_emplace(value.get<std::string>(), other.get<std::string>());
    if (position->second != other.get<std::string>()) return Difference(expected, actual);
  }
  return {};
}

}  // namespace

std::string WireReplay::Translate(std::string_view text) const {
  std::string translated(text);
  for (const auto& [recorded, id] : ids_) {
    for (std::size_t at = translated.find(recorded); at != std::string::npos;
         at = translated.find(recorded, at + id.size())) {
      translated.replace(at, recorded.size(), id);
    }
  }
  return translated;
}

std::string WireReplay::Compare(std::string_view recorded, std::string_view actual) {
  const Json other = Json::parse(actual, nullptr, /*allow_exceptions=*/false);
  if (other.is_discarded()) return "not JSON: " + std::string(actual);
  return CompareValues(Json::parse(recorded), other);
}

std::string WireReplay::CompareValues(const Json& expected, const Json& actual) {
  if (expected.type() != actual.type() || expected.size() != actual.size()) {
    return Difference(expected, actual);
  }
  if (expected.is_array()) {
    for (std::size_t i = 0; i < expected.size(); ++i) {
      if (std::string wrong = CompareValues(expected[i], actual[i]); !wrong.empty()) return wrong;
    }
    return {};
  }
  if (!expected.is_object()) {
    const Json translated =
        expected.is_string() ? Json(Translate(expected.get<std::string>())) : expected;
    return translated == actual ? std::string() : Difference(translated, actual);
  }
  for (const auto& [key, value] : expected.items()) {
    if (!actual.contains(key)) return Difference(expected, actual);
    const Json& other = actual.at(key);
    if (key == "id" && other.is_string()) {
      ids_.try_emplace(value.get<std::string>(), other.get<std::string>());
    }
    if (IsTime(key)) continue;
    if (std::string wrong = CompareValues(value, other); !wrong.empty()) return wrong;
  }
  return CompareTimes(expected, actual);
}

}  // namespace outdial::test
