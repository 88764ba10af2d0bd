package dev.chord.node.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chord.client.wire.RecordCodec;
import dev.chord.client.wire.WireCodec;
import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.name.Label;
import dev.chord.core.records.Record.Digest;
import dev.chord.core.records.RecordDisk.Batch;
import dev.chord.core.records.RecordDisk.Durability;
import dev.chord.core.version.Version;
import dev.chord.proto.v1.NameValue;
import dev.chord.proto.v1.Record;
import dev.chord.proto.v1.RecordKind;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Pattern;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** Whatever is looked for, the index finds what looking at every name finds. */
class NameIndexTest {
    private static final Arc WHOLE = new Arc(Identifier.ZERO, Identifier.ZERO);
    private static final StoreLimits LIMITS = StoreLimits.NONE;
    private static final String[] PIECES = {
        "a",
        "A",
        "b",
        "ab",
        "abc",
        "Abc",
        "report",
        "REPORT",
        "x",
        "\"",
        "'",
        "%",
        "_",
        ".pdf",
        "é",
        "É",
        "\uD83D\uDE00",
        "-",
        "^",
        "]",
        "\uFFEE"
    };
    private static final String[] PATTERNS = {
        "",
        "a",
        "ab",
        "abc",
        "ABC",
        "report",
        "rep",
        "*",
        "*abc*",
        "a*",
        "?b*",
        "[ab]*",
        "*[^x]",
        "*.pdf",
        "r?port*",
        "%",
        "\"",
        "abc\"",
        "x*report*",
        "é",
        "É",
        "\uD83D\uDE00",
        "bca\uD83D\uDE00",
        "[]]*",
        "a[",
        "\u0000abc",
        "nothing"
    };

    private interface Body {
        void in(RecordStore store) throws Exception;
    }

    private static void inStore(Path root, Body body) throws Exception {
        try (NodeStore store = new NodeStore(new DiskIo(), root, LIMITS, Clock.systemUTC())) {
            body.in(store.records());
        }
    }

    private static void inStore(Body body) throws Exception {
        Path root = Files.createTempDirectory("chord-names");
        try {
            inStore(root, body);
        } finally {
            remove(root);
        }
    }

    private static void remove(Path root) throws IOException {
        try (var files = Files.walk(root)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    private static Record record(String label, long version, boolean deleted) {
        return Record.newBuilder()
                .setKey(WireCodec.out(Label.key(label)))
                .setKind(RecordKind.RECORD_KIND_NAME)
                .setLabel(label)
                .setVersion(WireCodec.out(new Version(version, Identifier.of(1))))
                .setDeleted(deleted)
                .setValue(NameValue.newBuilder()
                        .setContent(WireCodec.out(Identifier.of(1)))
                        .build()
                        .toByteString())
                .build();
    }

    private static String label(SplittableRandom random) {
        StringBuilder label = new StringBuilder();
        int pieces = random.nextInt(1, 5);
        for (int i = 0; i < pieces; i++) {
            label.append(PIECES[random.nextInt(PIECES.length)]);
        }
        return label.toString();
    }

    @Property(tries = 40)
    void whatIsFoundIsWhatEveryNameToldByItself(@ForAll long seed) throws Exception {
        SplittableRandom random = new SplittableRandom(seed);
        inStore(store -> {
            Set<String> live = new TreeSet<>();
            for (int i = 0; i < 60; i++) {
                String label = label(random);
                boolean deleted = random.nextInt(4) == 0;
                store.merge(List.of(record(label, i + 1, deleted))).get();
                if (deleted) {
                    live.remove(label);
                } else {
                    live.add(label);
                }
            }
            for (String pattern : PATTERNS) {
                for (String prefix : new String[] {"", "a", "ab", "report", "\uD83D\uDE00", "zz"}) {
                    NameFilter filter = new NameFilter(prefix, pattern);
                    Arc arc = random.nextBoolean()
                            ? WHOLE
                            : new Arc(Label.key("k" + random.nextInt(9)), Label.key("l" + random.nextInt(9)));
                    expect(store, filter, arc, live);
                }
            }
        });
    }

    private static void expect(RecordStore store, NameFilter filter, Arc arc, Set<String> live) {
        List<String> wanted = live.stream()
                .filter(label -> arc.contains(Label.key(label)))
                .filter(label -> fits(filter, label))
                .sorted((a, b) -> Arrays.compareUnsigned(utf8(a), utf8(b)))
                .toList();
        NameIndex.Query query = NameIndex.Query.of(filter, arc);
        List<String> found = new ArrayList<>();
        String after = "";
        for (List<Record> page = store.names().page(query, after, 7);
                !page.isEmpty();
                page = store.names().page(query, after, 7)) {
            page.forEach(r -> found.add(r.getLabel()));
            after = page.get(page.size() - 1).getLabel();
        }
        assertThat(found).as("%s in %s", filter, arc).containsExactlyElementsOf(wanted);
        assertThat(store.names().count(query)).isEqualTo(wanted.size());
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    // The rules of the user guide, without any index.
    private static boolean fits(NameFilter filter, String label) {
        String pattern = filter.pattern();
        if (!label.startsWith(filter.prefix())) {
            return false;
        }
        if (pattern.indexOf('*') < 0 && pattern.indexOf('?') < 0 && pattern.indexOf('[') < 0) {
            return ascii(label).contains(ascii(pattern));
        }
        if (pattern.equals("a[")) {
            return false; // a class that does not end fits nothing
        }
        StringBuilder regex = new StringBuilder();
        for (int i = 0; i < pattern.length(); i++) {
            char c = pattern.charAt(i);
            if (c == '[') {
                int from = pattern.charAt(i + 1) == '^' ? i + 2 : i + 1;
                int end = pattern.indexOf(']', pattern.charAt(from) == ']' ? from + 1 : from);
                String inside = Pattern.quote(pattern.substring(from, end));
                regex.append(from == i + 2 ? "[^" : "[").append(inside).append("]");
                i = end;
            } else {
                regex.append(c == '*' ? ".*" : c == '?' ? "." : Pattern.quote("" + c));
            }
        }
        return Pattern.compile(regex.toString(), Pattern.DOTALL).matcher(label).matches();
    }

    private static String ascii(String text) {
        StringBuilder lower = new StringBuilder();
        text.chars().forEach(c -> lower.append(c < 128 ? ("" + (char) c).toLowerCase(Locale.ROOT) : "" + (char) c));
        return lower.toString();
    }

    @Test
    void aNameThatIsDroppedIsFoundNoLonger() throws Exception {
        Path root = Files.createTempDirectory("chord-names");
        try (NodeStore node = new NodeStore(new DiskIo(), root, LIMITS, Clock.systemUTC());
                StoredRecords disk = node.recordDisk(Runnable::run)) {
            RecordStore store = node.records();
            Record record = record("thesis.pdf", 1, false);
            store.merge(List.of(record)).get();
            NameIndex.Query query = NameIndex.Query.of(new NameFilter("", "thesis"), WHOLE);
            assertThat(store.names().count(query)).isOne();
            CompletableFuture<Durability> dropped = new CompletableFuture<>();
            List<Digest> drops = List.of(RecordCodec.in(record).digest());
            disk.persist(new Batch(List.of(), Optional.empty(), 0, drops), dropped::complete);
            assertThat(dropped.get()).isEqualTo(Durability.DURABLE);
            assertThat(store.names().count(query)).isZero();
        } finally {
            remove(root);
        }
    }

    @Test
    void aStoreThatHasNoListYetGetsOne() throws Exception {
        Path root = Files.createTempDirectory("chord-names");
        try {
            inStore(
                    root,
                    store -> store.merge(List.of(
                                    record("old/one", 1, false), record("old/two", 1, false), record("gone", 1, true)))
                            .get());
            forget(root);
            inStore(root, store -> {
                assertThat(store.names().page(NameIndex.Query.of(new NameFilter("old/", ""), WHOLE), "", 9))
                        .extracting(Record::getLabel)
                        .containsExactly("old/one", "old/two");
                assertThat(store.names().count(NameIndex.Query.of(new NameFilter("", "LD/T"), WHOLE)))
                        .isOne();
                store.merge(List.of(record("old/one", 2, true))).get();
                assertThat(store.names().count(NameIndex.Query.of(new NameFilter("", "old"), WHOLE)))
                        .isOne();
            });
        } finally {
            remove(root);
        }
    }

    // As a store of an earlier version is.
    private static void forget(Path root) throws SQLException {
        try (var connection = DriverManager.getConnection("jdbc:sqlite:" + root.resolve("records.db"));
                var statement = connection.createStatement()) {
            for (String trigger : List.of("records_named", "records_unnamed", "records_dropped")) {
                statement.executeUpdate("DROP TRIGGER " + trigger);
            }
            statement.executeUpdate("DROP TABLE names");
            statement.executeUpdate("DROP TABLE names_text");
        }
    }
}
