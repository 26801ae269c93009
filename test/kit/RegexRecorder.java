// Records what java.util.regex answers, for test/vectors/regex.jsonl: java test/kit/RegexRecorder.java > test/vectors/regex.jsonl
// Each line: a pattern and a text; whether it matches the whole and the groups of the first find (-1 where one took no part), or Java's refusal.
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

public class RegexRecorder {
  private static final Random random = new Random(20261129);

  private static int lines = 0;

  private static final String[] ATOMS = {
    "a", "b", "c", "x", "-", "A", ".", "\\.", "\\d", "\\w", "\\s", "\\S", "\\D", "\\W", "\\b", "\\B", "^", "$", "\\A", "\\z", "\\Z",
    "[abc]", "[^ab]", "[a-c&&[^b]]", "[a[bx]]", "[^a&&b]", "[\\w&&[^a]]", "[a-c&&b-x]", "[a&&]", "[&&a]", "[a&b]", "[]a]", "[^]a]", "[a-]", "[\\d-x]",
    "[a-c[x-z]&&[bx]]", "\\p{Lower}", "\\p{L}", "\\P{Lu}", "\\p{IsAlphabetic}", "\\p{Punct}", "\\1", "\\2", "\\k<n>", "\\Qa.b\\E", "\\R", "\\x61", "\\u0062", "\n"
  };
  private static final String[] QUANTIFIERS = {"*", "+", "?", "{2}", "{0,2}", "{1,}", "*?", "+?", "??", "{1,2}?", "*+", "++", "?+", "{1,2}+"};
  private static final String[] OPENINGS = {"(", "(?:", "(?=", "(?!", "(?<=", "(?<!", "(?>", "(?<n>", "(?i:", "(?s:", "(?m:", "(?-i:", "(?x: ", "(?iu:"};
  private static final String[] FLAGS = {"(?i)", "(?s)", "(?m)", "(?x)", "(?d)", "(?-i)"};
  private static final String[] LETTERS = {"a", "b", "c", "x", "A", "B", ".", "-", "1", "_", " ", "\n", "\r", "\u00e9", "\u00c9", "\ud83d\ude00"};

  private static String pattern(int depth) {
    StringBuilder out = new StringBuilder();
    int parts = 1 + random.nextInt(4);
    for (int part = 0; part < parts; part++) {
      int choice = random.nextInt(20);
      if (choice < 5 && depth < 3) out.append(OPENINGS[random.nextInt(OPENINGS.length)]).append(pattern(depth + 1)).append(')');
      else if (choice == 5) out.append(FLAGS[random.nextInt(FLAGS.length)]);
      else if (choice == 6) out.append('|');
      else out.append(ATOMS[random.nextInt(ATOMS.length)]);
      if (random.nextInt(3) == 0) out.append(QUANTIFIERS[random.nextInt(QUANTIFIERS.length)]);
    }
    return out.toString();
  }

  private static String text() {
    StringBuilder out = new StringBuilder();
    int length = random.nextInt(9);
    for (int at = 0; at < length; at++) out.append(LETTERS[random.nextInt(random.nextBoolean() ? 4 : LETTERS.length)]);
    return out.toString();
  }

  private static String json(String text) {
    StringBuilder out = new StringBuilder("\"");
    for (char unit : text.toCharArray()) {
      if (unit == '"' || unit == '\\') out.append('\\').append(unit);
      else if (unit < 0x20 || unit > 0x7e) out.append(String.format("\\u%04x", (int) unit));
      else out.append(unit);
    }
    return out.append('"').toString();
  }

  private static void record(String pattern) {
    Pattern compiled;
    try {
      compiled = Pattern.compile(pattern);
    } catch (PatternSyntaxException error) {
      if (random.nextInt(3) == 0) System.out.println("{\"id\":\"" + ++lines + "\",\"input\":{\"pattern\":" + json(pattern) + ",\"text\":\"\"},\"error\":{\"class\":\"java.util.regex.PatternSyntaxException\",\"message\":" + json(error.getDescription()) + "}}");
      return;
    }
    for (int count = 0; count < 2; count++) {
      String text = text();
      StringBuilder line = new StringBuilder("{\"id\":\"" + ++lines + "\",\"input\":{\"pattern\":" + json(pattern) + ",\"text\":" + json(text));
      line.append("},\"expect\":{\"matches\":").append(compiled.matcher(text).matches()).append(",\"find\":");
      Matcher matcher = compiled.matcher(text);
      if (matcher.find()) {
        line.append('[');
        for (int group = 0; group <= matcher.groupCount(); group++) {
          if (group > 0) line.append(',');
          line.append(matcher.start(group)).append(',').append(matcher.end(group));
        }
        line.append(']');
      } else line.append("null");
      System.out.println(line.append("}}"));
    }
  }

  public static void main(String[] args) {
    String[] known = {
      "obs\\.(?!raw)(?!avg).*", "(?<!prod-)orders.*", "(?<=a|bc)x", "(a+)+b", "(\\w+)-\\1", "[a-z&&[^aeiou]]+", "a*+a", "(?>a|ab)c", "a{2}{3}", "{2}", "a**", "x{2,1}",
      "[a-z&&[^b]", "(?<=a+)b", "(?<=a{1,3})b", "\\8", "(a)\\10", "(?i)\\p{Lower}", "(?i)[a-c]", "(?iu)\u00c9", "a(?#x)b", "\\y", "[z-a]", "(", ")", "[", "a{", "a{,2}", "}", "]", "(?U)a",
      "\\p{javaLowerCase}", "\\p{IsGreek}", "\\p{script=Latin}", "\\p{InGreek}", "(?<n>a)(?<n>b)", "(?<1>a)", "\\cA", "\\0101", "(?x) a # b\nc"
    };
    for (String pattern : known) record(pattern);
    for (int count = 0; count < 1500; count++) record(pattern(0));
  }
}
