// A daemon, and its page in a browser.
#ifndef OUTDIAL_TESTS_INTEGRATION_PAGE_PAGE_FIXTURE_H_
#define OUTDIAL_TESTS_INTEGRATION_PAGE_PAGE_FIXTURE_H_

#include <string>
#include <vector>

#include "browser.h"
#include "integration/http/api.h"

namespace outdial::test {

struct PageFixture : DaemonFixture {
  using DaemonFixture::DaemonFixture;

  // `place` is what follows the slash: "#/outdials/<id>".
  std::string Url(const std::string& place = {}) const;

  // Opens it and waits until something is shown; throws where nothing is.
  void Open(const std::string& place = {});

  // Waits until the page was refreshed, from the beginning to the end, after this was called.
  void AwaitRefresh();

  // A list of Await: until the text of the first element that the selector fits is this one.
  bool AwaitText(const std::string& selector, const std::string& text);

  // The text of each cell of the table, row by row; of a bar, its label.
  Json Rows();
  // One cell of each row.
  Json Column(int index);

  // The same of what the API says.
  static Json NamesOf(const Json& entities);

  // What the bar of a list must be called, by the API.
  std::string BarLabel(const std::string& outdial_id, const std::string& thresholds = kThresholds);
  Json Progress(const std::string& outdial_id, const std::string& thresholds = kThresholds);

  // What is wrong with what the browser did: complaints, and requests to somebody else.
  std::vector<std::string> Misdeeds();

  inline static const std::string kThresholds =
      "try_count_0=3&try_count_1=3&try_count_2=3&try_count_3=3&try_count_4=3";

  Browser browser;
};

// "1,234,567"
std::string Grouped(long number);

// "2026-01-15 09:30:00 UTC" of a time of the API; "–" of null.
std::string Shown(const Json& time);

}  // namespace outdial::test

#endif  // OUTDIAL_TESTS_INTEGRATION_PAGE_PAGE_FIXTURE_H_
