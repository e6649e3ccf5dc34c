#include "scripts.h"

namespace outdial::redis {
namespace {

constexpr char kCommon[] = R"lua(
local day, minute = 86400, 60

-- False where there is none. Something that is not a text cannot be a copy of ours: it goes.
local function get(key)
  local value = redis.pcall('GET', key)
  if type(value) == 'table' then
    redis.call('DEL', key)
    return false
  end
  return value
end

-- Others write times with fewer digits, or the year 9999 where there is none. A copy that has no
-- version is older than any.
local function version_of(copy)
  local is_json, entity = pcall(cjson.decode, copy)
  if not is_json or type(entity) ~= 'table' then return '' end
  for _, name in ipairs({'tm_update', 'tm_create'}) do
    local time = entity[name]
    if type(time) == 'string' and string.sub(time, 1, 4) ~= '9999' then
      local day_part, time_part, fraction = string.match(
        time, '^(%d%d%d%d%-%d%d%-%d%d)[T ](%d%d:%d%d:%d%d)%.?(%d*)Z?$')
      if day_part then
        return day_part .. 'T' .. time_part .. '.' .. string.sub(fraction .. '000000', 1, 6) .. 'Z'
      end
    end
  end
  return ''
end

local function expect(key, expected_key, version, seconds)
  local copy = get(key)
  if copy and version_of(copy) < version then redis.call('DEL', key) end
  local expected = get(expected_key)
  if not expected or expected <= version then
    redis.call('SET', expected_key, version, 'EX', seconds)
  end
end
)lua";

constexpr char kExpectBody[] = R"lua(
for i = 1, #ARGV do expect(KEYS[i], KEYS[#ARGV + i], ARGV[i], day) end
for i = 2 * #ARGV + 1, #KEYS do redis.call('DEL', KEYS[i]) end
)lua";

constexpr char kWithdrawBody[] = R"lua(
for i = 1, #ARGV do
  if get(KEYS[i]) == ARGV[i] then redis.call('EXPIRE', KEYS[i], minute) end
end
)lua";

constexpr char kPutBody[] = R"lua(
local same_era = get(KEYS[1]) == ARGV[1]
local first_key = 2
for first_argument = 2, #ARGV, 3 do
  local key, expected_key = KEYS[first_key], KEYS[first_key + 1]
  local version, text = ARGV[first_argument], ARGV[first_argument + 1]
  local last_key = first_key + 1 + tonumber(ARGV[first_argument + 2])
  if same_era then
    local copy, expected = get(key), get(expected_key)
    local is_newer_expected = expected and expected > version
    if expected and not is_newer_expected then redis.call('EXPIRE', expected_key, minute) end
    if not is_newer_expected and (not copy or version_of(copy) <= version) then
      redis.call('SET', key, text, 'EX', day)
      for i = first_key + 2, last_key do redis.call('SET', KEYS[i], text, 'EX', day) end
    end
  else
    expect(key, expected_key, version, minute)
    for i = first_key + 2, last_key do redis.call('DEL', KEYS[i]) end
  end
  first_key = last_key + 1
end
return same_era and 1 or 0
)lua";

}  // namespace

const std::string& SourceOf(Script script) {
  static const std::string kExpect = std::string(kCommon) + kExpectBody;
  static const std::string kWithdraw = std::string(kCommon) + kWithdrawBody;
  static const std::string kPut = std::string(kCommon) + kPutBody;
  if (script == Script::kExpect) return kExpect;
  return script == Script::kWithdraw ? kWithdraw : kPut;
}

}  // namespace outdial::redis
