package dev.chord.node.reports;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/**
 * Reads what the tests of all modules have reported. The build runs it as a program of one file, so that it
 * needs the JDK alone:
 *
 * <pre>
 *   java TestReport.java slowest FOLDER SINCE
 *       minutes per module, the slowest classes, what was skipped
 *   java TestReport.java skips FOLDER EXPECTED [HOLDS...]
 *       fails if a test was skipped that the file EXPECTED does not name
 * </pre>
 */
final class TestReport {
    private static final int SLOWEST = 10;
    private static final int DEPTH = 6;

    /** What one class of tests reported. */
    record Suite(String module, String name, double seconds, int tests, List<Skip> skips) {}

    /** A test that was skipped, named Class.method, with its reason. */
    record Skip(String test, String reason) {}

    /**
     * A line of the file of expected skips: a class or Class.method, on what condition it is skipped,
     * and why.
     */
    record Expected(String condition, String test, String why) {
        static Expected of(String line) {
            String[] words = line.strip().split("\\s+", 3);
            if (words.length < 3) {
                throw new IllegalArgumentException(
                        "a line of expected skips has the form 'CONDITION TEST WHY', not '" + line + "'");
            }
            return new Expected(words[0], words[1], words[2]);
        }

        boolean names(Skip skip) {
            return skip.test().equals(test) || skip.test().matches(Pattern.quote(test) + "\\W.*");
        }
    }

    private TestReport() {}

    public static void main(String[] args) throws IOException {
        Path folder = Path.of(args[1]).toAbsolutePath().normalize();
        List<String> lines = new ArrayList<>();
        boolean right = true;
        switch (args[0]) {
            case "slowest" ->
                lines.addAll(slowest(read(folder, OffsetDateTime.parse(args[2]).toInstant())));
            case "skips" -> {
                Set<String> conditions = Set.of(Arrays.copyOfRange(args, 3, args.length));
                right = judge(read(folder, Instant.MIN), expected(Path.of(args[2])), conditions, lines);
            }
            default -> throw new IllegalArgumentException("slowest or skips, not " + args[0]);
        }
        lines.forEach(System.out::println);
        if (!right) {
            System.exit(1);
        }
    }

    /** Reads the reports below a folder that are not older than {@code since}. */
    static List<Suite> read(Path folder, Instant since) throws IOException {
        List<Path> reports;
        try (Stream<Path> all = Files.walk(folder, DEPTH)) {
            reports = all.filter(p -> p.getParent().endsWith("target/surefire-reports")
                            && p.getFileName().toString().matches("TEST-.*\\.xml"))
                    .sorted()
                    .toList();
        }
        List<Suite> suites = new ArrayList<>();
        for (Path report : reports) {
            if (!Files.getLastModifiedTime(report).toInstant().isBefore(since)) {
                Path module = folder.relativize(report.resolve("../../..").normalize());
                suites.add(suite(module.toString(), report));
            }
        }
        return suites;
    }

    private static Suite suite(String module, Path report) throws IOException {
        XMLInputFactory factory = XMLInputFactory.newInstance();
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        String name = "";
        String test = "";
        double seconds = 0;
        int tests = 0;
        List<Skip> skips = new ArrayList<>();
        try (InputStream in = Files.newInputStream(report)) {
            XMLStreamReader xml = factory.createXMLStreamReader(in);
            while (xml.hasNext()) {
                if (xml.next() != XMLStreamConstants.START_ELEMENT) {
                    continue;
                }
                switch (xml.getLocalName()) {
                    case "testsuite" -> {
                        name = attribute(xml, "name");
                        seconds = Double.parseDouble(attribute(xml, "time").replace(",", ""));
                        tests = Integer.parseInt(attribute(xml, "tests"));
                    }
                    case "testcase" -> test = simple(attribute(xml, "classname")) + "." + attribute(xml, "name");
                    case "skipped" -> {
                        String message = attribute(xml, "message");
                        skips.add(new Skip(test, reason(message.isEmpty() ? xml.getElementText() : message)));
                    }
                    default -> {}
                }
            }
        } catch (XMLStreamException e) {
            throw new IOException(report + " is no report: " + e.getMessage(), e);
        }
        return new Suite(module, name, seconds, tests, skips);
    }

    private static String attribute(XMLStreamReader xml, String name) {
        String value = xml.getAttributeValue(null, name);
        return value == null ? "" : value;
    }

    private static String simple(String type) {
        return type.substring(type.lastIndexOf('.') + 1);
    }

    // The first line of what was thrown, without its type.
    private static String reason(String thrown) {
        String reason = thrown.lines()
                .findFirst()
                .orElse("")
                .replaceFirst("^[\\w.]+(Exception|Error): ", "")
                .replaceFirst("^Assumption failed: ", "")
                .strip();
        return reason.isEmpty() ? "no reason is given" : reason;
    }

    /** What took how long, and what was skipped; nothing where no test has run. */
    static List<String> slowest(List<Suite> suites) {
        List<String> lines = new ArrayList<>();
        if (suites.isEmpty()) {
            return lines;
        }
        Map<String, List<Suite>> modules =
                suites.stream().collect(Collectors.groupingBy(Suite::module, TreeMap::new, Collectors.toList()));
        lines.add(total("all tests", suites));
        modules.forEach((module, own) -> lines.add(total(module, own)));
        lines.add("the slowest classes of tests:");
        suites.stream()
                .sorted(Comparator.comparingDouble(Suite::seconds).reversed())
                .limit(SLOWEST)
                .forEach(
                        suite -> lines.add(String.format(Locale.ROOT, "  %6.1f s  %s", suite.seconds(), suite.name())));
        List<Skip> skips = skips(suites);
        if (!skips.isEmpty()) {
            lines.add("skipped:");
            skips.forEach(skip -> lines.add("  " + skip.test() + ": " + skip.reason()));
        }
        return lines;
    }

    private static String total(String what, List<Suite> suites) {
        double seconds = suites.stream().mapToDouble(Suite::seconds).sum();
        int tests = suites.stream().mapToInt(Suite::tests).sum();
        return String.format(
                Locale.ROOT, "%5.1f min  %5d tests in %3d classes: %s", seconds / 60, tests, suites.size(), what);
    }

    private static List<Skip> skips(List<Suite> suites) {
        return suites.stream().flatMap(suite -> suite.skips().stream()).toList();
    }

    static List<Expected> expected(Path file) throws IOException {
        return Files.readAllLines(file).stream()
                .filter(line -> !line.isBlank() && !line.startsWith("#"))
                .map(Expected::of)
                .toList();
    }

    /**
     * Compares what was skipped with what is expected to be.
     *
     * @param conditions those that hold on this machine; an expected skip with any other one is not
     *     expected here
     * @param out the lines to print
     * @return whether nothing was skipped that is not expected, and anything was run at all
     */
    static boolean judge(List<Suite> suites, List<Expected> expected, Set<String> conditions, List<String> out) {
        if (suites.isEmpty()) {
            out.add("no test has reported anything");
            return false;
        }
        boolean right = true;
        List<Expected> here = expected.stream()
                .filter(e -> conditions.contains(e.condition()))
                .toList();
        Set<Expected> open = new LinkedHashSet<>(here);
        for (Skip skip : skips(suites)) {
            List<Expected> named = here.stream().filter(e -> e.names(skip)).toList();
            open.removeAll(named);
            right &= !named.isEmpty();
            out.add((named.isEmpty() ? "SKIPPED, WHICH IS NOT EXPECTED: " : "skipped, as expected: ") + skip.test()
                    + ": " + skip.reason());
        }
        open.forEach(e -> out.add("expected to be skipped, but it ran: " + e.test()));
        return right;
    }
}
