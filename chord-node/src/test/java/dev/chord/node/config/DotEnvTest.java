package dev.chord.node.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The grammar of .env files as Docker Compose documents it, case by case. */
class DotEnvTest {
    private static Map<String, String> read(String text) {
        DotEnv.Parsed parsed = DotEnv.parse(text, name -> null);
        assertThat(parsed.faults()).isEmpty();
        return parsed.values();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "VAR=VAL|VAL",
                "VAR = VAL |VAL",
                "VAR: VAL|VAL",
                "export VAR=VAL|VAL",
                "export\tVAR=VAL|VAL",
                "VAR=VAL # comment|VAL",
                "VAR=VAL# no comment|VAL# no comment",
                "VAR=# all comment|``",
                "VAR=|``",
                "VAR=\"VAL # no comment\"|VAL # no comment",
                "VAR=\"VAL\" # comment|VAL",
                "VAR='$OTHER ${OTHER}'|$OTHER ${OTHER}",
                "VAR='Let\\'s go!'|Let's go!",
                "VAR=\"{\\\"hello\\\": \\\"json\\\"}\"|{\"hello\": \"json\"}",
                "VAR=a$$b|a$b",
                "VAR=\"a\\$b\"|a$b",
                "VAR=$|$",
                "VAR=5%|5%",
                "VAR=a=b|a=b",
                "VAR=${NONE:-standard}|standard",
                "VAR=${NONE-${ALSO:-nested}}|nested",
                "VAR=${NONE:+there}|``",
                "VAR=${NONE}|``",
            })
    void oneLine(String line, String value) {
        assertThat(read(line)).containsExactly(Map.entry("VAR", value));
    }

    @Test
    void escapesAndLinesInQuotes() {
        assertThat(read("A=\"one\\ntwo\\ttabbed\\\\\"\nB='first\nB2=second'\n\n# C=3\n\tD=\"x\ny\"\r\nE=5\r\n"))
                .isEqualTo(Map.of("A", "one\ntwo\ttabbed\\", "B", "first\nB2=second", "D", "x\ny", "E", "5"));
        assertThat(read("\uFEFFA=1")).containsEntry("A", "1");
    }

    @Test
    void variablesComeFromOutsideThenFromTheLinesAbove() {
        DotEnv.Parsed parsed = DotEnv.parse(
                "A=1\nB=$A-${A}\nC=${HOME}\nA=2\nD=${A:+set}\nE=${EMPTY:-e}${EMPTY-x}",
                Map.of("HOME", "/outside", "EMPTY", "")::get);
        assertThat(parsed.values()).isEqualTo(Map.of("A", "2", "B", "1-1", "C", "/outside", "D", "set", "E", "e"));
    }

    @Test
    void aLineThatIsWrongIsNamedAndTheOthersCount() {
        DotEnv.Parsed parsed = DotEnv.parse(
                "nonsense\nA=\"not closed\nB=2\nC='x' y\nD=${open\n=5\nE=${X:?is needed}\nF=6\n", name -> null);
        assertThat(parsed.values()).isEqualTo(Map.of("B", "2", "F", "6"));
        assertThat(parsed.faults()).extracting(DotEnv.Fault::line).containsExactly(1, 2, 4, 5, 6, 7);
        assertThat(parsed.faults().get(5).why()).contains("X is not set: is needed");
    }

    @Test
    void valuesThatGrowOutOfBoundsAreRefused() {
        StringBuilder text = new StringBuilder("A0=0123456789\n");
        for (int i = 1; i < 40; i++) {
            text.append("A")
                    .append(i)
                    .append("=\"$A")
                    .append(i - 1)
                    .append("$A")
                    .append(i - 1)
                    .append("\"\n");
        }
        DotEnv.Parsed parsed = DotEnv.parse(text.toString(), name -> null);
        assertThat(parsed.values().values()).allMatch(value -> value.length() <= 64 * 1024);
        assertThat(parsed.faults()).isNotEmpty();
    }

    @Property(tries = 2000)
    void nothingMakesItFail(@ForAll @StringLength(max = 200) String text) {
        DotEnv.parse(text, name -> null);
    }

    @Property(tries = 2000)
    void whatIsQuotedComesBack(@ForAll @StringLength(max = 60) String value) {
        String plain = value.replace("\r", "");
        String written =
                "V=\"" + plain.replace("\\", "\\\\").replace("\"", "\\\"").replace("$", "\\$") + "\"";
        assertThat(read(written)).containsEntry("V", plain);
    }
}
