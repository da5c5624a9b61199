#include "base/json.h"

#include <gtest/gtest.h>

namespace amsel {
namespace {

std::string MessageOf(const JsonReader& reader) {
  return reader.status().error().message;
}

TEST(JsonReader, ReadsWhatIsThere) {
  const Json json = Json::parse(R"({"s":"x","n":1.5,"i":7,"o":{"list":[1,2]},"a":[{"k":"v"}],"names":["p","q"]})");
  JsonReader reader(json, "f.json");
  EXPECT_EQ(reader.String("s"), "x");
  EXPECT_EQ(reader.Number("n"), 1.5);
  EXPECT_EQ(reader.Integer("i", 0, 10), 7);
  EXPECT_EQ(reader.Object("o").Numbers("list"), (std::vector<double>{1, 2}));
  EXPECT_EQ(reader.Objects("a")[0].String("k"), "v");
  EXPECT_EQ(reader.Strings("names"), (std::vector<std::string>{"p", "q"}));
  EXPECT_EQ(reader.StringOr("absent", "d"), "d");
  EXPECT_TRUE(reader.status().ok());
}

TEST(JsonReader, NamesFileFieldAndExpectationOfTheFirstFault) {
  const Json json = Json::parse(R"({"input":{"height":"32"}})");
  JsonReader reader(json, "zoo/a/card.json");
  reader.Object("input").Integer("height", 1, 9999);
  reader.String("later");
  EXPECT_EQ(MessageOf(reader),
            "zoo/a/card.json: field `input.height`: expected an integer from 1 to 9999, found \"32\"");
}

TEST(JsonReader, SaysThatAFieldIsMissing) {
  const Json json = Json::parse(R"({"candidates":[{}]})");
  JsonReader reader(json, "m.json");
  reader.Objects("candidates")[0].String("name");
  EXPECT_EQ(MessageOf(reader), "m.json: field `candidates[0].name`: expected a string, it is missing");
}

TEST(JsonReader, TakesOnlyPlainNames) {
  const Json json = Json::parse(R"({"good":"a@hflip","bad":"../a","list":["a","b"],"worse":["a","/b"]})");
  JsonReader reader(json, "m.json");
  EXPECT_EQ(reader.Name("good"), "a@hflip");
  EXPECT_EQ(reader.Names("list"), (std::vector<std::string>{"a", "b"}));
  EXPECT_TRUE(reader.status().ok());
  reader.Names("worse");
  EXPECT_TRUE(MessageOf(reader).starts_with("m.json: field `worse`: expected a list")) << MessageOf(reader);
  JsonReader other(json, "m.json");
  other.Name("bad");
  EXPECT_TRUE(MessageOf(other).starts_with("m.json: field `bad`: expected a plain name")) << MessageOf(other);
}

TEST(JsonReader, RefusesAnotherSchema) {
  const Json json = Json::parse(R"({"schema":"card/2"})");
  JsonReader reader(json, "card.json");
  reader.Schema("card/1");
  EXPECT_FALSE(reader.status().ok());
}

TEST(JsonReader, RefusesWhatIsNoObject) {
  const Json json = Json::parse("[1]");
  JsonReader reader(json, "f");
  EXPECT_EQ(reader.String("x"), "");
  EXPECT_EQ(MessageOf(reader), "f: expected a JSON object, found [1]");
}

TEST(JsonReader, RefusesNumbersOutOfRangeAndOverflow) {
  const Json json = Json::parse(R"({"a":-1,"b":18446744073709551615,"c":1.5})");
  for (const char* key : {"a", "b", "c"}) {
    JsonReader reader(json, "f");
    reader.Integer(key, 0, 100);
    EXPECT_FALSE(reader.status().ok()) << key;
  }
}

TEST(ParseJson, NamesTheFileOfBrokenText) {
  EXPECT_EQ(ParseJson("{", "f.json").error().message.substr(0, 26), "f.json: is not valid JSON:");
}

TEST(ParseJson, RefusesDeepNesting) {
  EXPECT_FALSE(ParseJson(std::string(100'000, '['), "f").ok());
  EXPECT_TRUE(ParseJson(R"({"a":"[[[[[[["})", "f").ok());
}

}  // namespace
}  // namespace amsel
