package dev.chord.node.reports;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TestReportTest {
    private static final Instant BEGINNING = Instant.parse("2030-01-01T00:00:00Z");

    @TempDir
    private Path root;

    private void report(String module, String name, String seconds, Instant written, String... cases)
            throws IOException {
        Path folder = Files.createDirectories(root.resolve(module).resolve("target/surefire-reports"));
        Path file = folder.resolve("TEST-" + name + ".xml");
        Files.writeString(
                file,
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"" + name + "\" time=\"" + seconds
                        + "\" tests=\"2\">" + String.join("", cases) + "</testsuite>");
        Files.setLastModifiedTime(file, FileTime.from(written));
    }

    private static String skipped(String type, String name, String reason) {
        return "<testcase classname=\"" + type + "\" name=\"" + name + "\"><skipped type=\"x.Aborted\"><![CDATA["
                + "x.AbortedException: Assumption failed: " + reason + "\n\tat x.Y.z(Y.java:1)\n]]></skipped>"
                + "<system-out>kept &amp; well</system-out></testcase>";
    }

    private List<String> judged(String expected, String condition, boolean right) throws IOException {
        Path file = Files.writeString(root.resolve("expected"), expected);
        List<String> lines = new ArrayList<>();
        assertThat(TestReport.judge(
                        TestReport.read(root, Instant.MIN), TestReport.expected(file), Set.of(condition), lines))
                .isEqualTo(right);
        return lines;
    }

    @Test
    void theSlowestComeFirstAndReportsOfAnEarlierBuildAreNotRead() throws IOException {
        for (int i = 1; i <= 12; i++) {
            report("one/deeper", "p.Class" + i, i + ".5", BEGINNING);
        }
        report("two", "p.Longest", "1,200.25", BEGINNING.plusSeconds(1), skipped("p.Longest", "aTest", "no tool"));
        report("two", "p.Older", "5000", BEGINNING.minusSeconds(1));
        List<String> lines = TestReport.slowest(TestReport.read(root, BEGINNING));
        assertThat(lines)
                .containsSubsequence(
                        " 21.4 min     26 tests in  13 classes: all tests",
                        "  1.4 min     24 tests in  12 classes: one/deeper",
                        " 20.0 min      2 tests in   1 classes: two",
                        "  1200.3 s  p.Longest",
                        "    12.5 s  p.Class12",
                        "     4.5 s  p.Class4",
                        "skipped:",
                        "  Longest.aTest: no tool")
                .noneMatch(line -> line.contains("p.Class3") || line.contains("p.Older"));
    }

    @Test
    void whereNothingRanThereIsNothingToTell() throws IOException {
        assertThat(TestReport.slowest(TestReport.read(root, BEGINNING))).isEmpty();
        assertThat(judged("", "root", false)).containsExactly("no test has reported anything");
    }

    @Test
    void aSkipThatIsNotExpectedIsAFault() throws IOException {
        report("one", "p.DiskTest", "1", BEGINNING, skipped("p.DiskTest", "isFull[2]", "no disk"));
        assertThat(judged("# nothing\n", "root", false))
                .containsExactly("SKIPPED, WHICH IS NOT EXPECTED: DiskTest.isFull[2]: no disk");
        assertThat(judged("root DiskTest.isFullToo why\n", "root", false)).hasSize(2);
        assertThat(judged("no-mounts DiskTest why\n", "root", false)).hasSize(1);
        String expected = "skipped, as expected: DiskTest.isFull[2]: no disk";
        assertThat(judged("no-mounts DiskTest why\n", "no-mounts", true)).containsExactly(expected);
        assertThat(judged("root DiskTest.isFull why\n", "root", true)).containsExactly(expected);
    }

    @Test
    void whatIsExpectedAndRanIsTold() throws IOException {
        report("one", "p.DiskTest", "1", BEGINNING);
        assertThat(judged("root DiskTest it takes a disk\n", "root", true))
                .containsExactly("expected to be skipped, but it ran: DiskTest");
        assertThat(judged("root DiskTest it takes a disk\n", "no-mounts", true)).isEmpty();
    }

    @Test
    void aLineOfAnotherFormIsRefused() {
        assertThatThrownBy(() -> judged("DiskTest\n", "root", true)).hasMessageContaining("CONDITION TEST WHY");
    }
}
