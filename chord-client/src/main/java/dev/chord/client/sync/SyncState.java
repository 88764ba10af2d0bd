package dev.chord.client.sync;

import dev.chord.client.content.FileStamp;
import dev.chord.client.sync.SyncRule.Agreed;
import dev.chord.core.id.Identifier;
import dev.chord.core.version.Version;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;

/**
 * What a folder remembers between two rounds: its ring; what both sides agreed on last; what each file was
 * when it was last read; and what was put into the trash lately. Nothing of it is needed to keep content:
 * without it, or with what it was some rounds ago, more is read and compared, and what differs is kept twice.
 * One thread.
 */
final class SyncState {
    private static final String HEADER = "chord-sync 2";
    private static final int KEPT = 1000;

    private final String prefix;
    // By the whole name, for a folder may serve two prefixes.
    private final Map<String, Agreed> agreed = new TreeMap<>();
    private final Map<String, Seen> seen = new TreeMap<>();
    private final Map<String, Kept> kept = new LinkedHashMap<>();
    private Optional<RingMark> ring = Optional.empty();

    private record Seen(Identifier content, FileStamp stamp) {}

    /**
     * Something that was put into the trash, under whatever name it has there: whoever had it open may still
     * write to it.
     */
    record Kept(String name, Identifier content, FileStamp stamp) {}

    private SyncState(String prefix) {
        this.prefix = prefix;
    }

    /**
     * Reads what was saved, by this version or the one before. A line that cannot be read is left out, which
     * is as if its file had never been seen.
     */
    static SyncState parse(List<String> lines, String prefix) {
        SyncState state = new SyncState(prefix);
        boolean old = lines.isEmpty() || !lines.get(0).equals(HEADER);
        for (String line : lines) {
            String[] part = line.split("\t", -1);
            try {
                if (old) {
                    state.parseOld(part);
                } else {
                    state.parse(part);
                }
            } catch (IllegalArgumentException e) {
                continue; // damaged: its file is looked at afresh
            }
        }
        return state;
    }

    private void parse(String[] part) {
        switch (part[0] + part.length) {
            case "R3" -> {
                List<Identifier> processes = new ArrayList<>();
                for (String process : part[2].split(",", -1)) {
                    processes.add(Identifier.ofHex(process));
                }
                ring = Optional.of(new RingMark(plain(part[1]), processes));
            }
            case "A5" -> {
                Version version = new Version(Long.parseLong(part[2]), Identifier.ofHex(part[3]));
                agreed.put(plain(part[4]), new Agreed(Identifier.ofHex(part[1]), version));
            }
            case "S7" -> seen.put(plain(part[6]), new Seen(Identifier.ofHex(part[1]), stamp(part)));
            case "K8" -> kept.put(plain(part[6]), new Kept(plain(part[7]), Identifier.ofHex(part[1]), stamp(part)));
            default -> {} // the header, or of a later version
        }
    }

    // What the version before noted of size and time says too little: each file is read once more.
    private void parseOld(String[] part) {
        if (part.length == 5 && !part[0].equals("-")) {
            agreed.put(prefix + part[4], new Agreed(Identifier.ofHex(part[0]), Version.NONE));
        }
    }

    private static FileStamp stamp(String[] part) {
        return new FileStamp(Long.parseLong(part[2]), time(part[3]), time(part[4]), plain(part[5]));
    }

    private static FileTime time(String nanos) {
        return FileTime.from(Long.parseLong(nanos), TimeUnit.NANOSECONDS);
    }

    private static String nanos(FileTime time) {
        return Long.toString(time.to(TimeUnit.NANOSECONDS));
    }

    /** What is to be saved. */
    List<String> lines() {
        List<String> lines = new ArrayList<>();
        lines.add(HEADER);
        ring.ifPresent(mark -> lines.add(String.join(
                "\t",
                "R",
                escaped(mark.name()),
                String.join(
                        ",", mark.processes().stream().map(Identifier::toHex).toList()))));
        agreed.forEach((name, a) -> lines.add(String.join(
                "\t",
                "A",
                a.content().toHex(),
                Long.toString(a.version().sequence()),
                a.version().writer().toHex(),
                escaped(name))));
        seen.forEach((name, s) -> lines.add("S\t" + fields(s.content(), s.stamp()) + "\t" + escaped(name)));
        kept.forEach((file, k) ->
                lines.add("K\t" + fields(k.content(), k.stamp()) + "\t" + escaped(file) + "\t" + escaped(k.name())));
        return lines;
    }

    private static String fields(Identifier content, FileStamp stamp) {
        return String.join(
                "\t",
                content.toHex(),
                Long.toString(stamp.size()),
                nanos(stamp.modified()),
                nanos(stamp.changed()),
                escaped(stamp.file()));
    }

    private static String escaped(String text) {
        return text.replace("\\", "\\\\")
                .replace("\t", "\\t")
                .replace("\n", "\\n")
                .replace("\r", "\\r");
    }

    private static String plain(String text) {
        StringBuilder plain = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\\' && i + 1 < text.length()) {
                c = switch (text.charAt(++i)) {
                    case 't' -> '\t';
                    case 'n' -> '\n';
                    case 'r' -> '\r';
                    default -> text.charAt(i);
                };
            }
            plain.append(c);
        }
        return plain.toString();
    }

    /** The ring that the folder belongs to; empty: any. */
    Optional<RingMark> ring() {
        return ring;
    }

    void ring(RingMark mark) {
        ring = Optional.of(mark);
    }

    /** What both sides agreed on last. */
    Optional<Agreed> agreed(String name) {
        return Optional.ofNullable(agreed.get(prefix + name));
    }

    /** The names that both sides agreed on. */
    Set<String> names() {
        Set<String> names = new TreeSet<>();
        agreed.keySet().stream()
                .filter(name -> name.startsWith(prefix) && name.length() > prefix.length())
                .forEach(name -> names.add(name.substring(prefix.length())));
        return names;
    }

    void agree(String name, Agreed what) {
        agreed.put(prefix + name, what);
    }

    void forget(String name) {
        agreed.remove(prefix + name);
    }

    /** Forgets what was agreed with any ring. */
    void forgetAll() {
        agreed.clear();
    }

    /** What is in a file, if it is as it was when it was read last. */
    Optional<Identifier> content(String name, FileStamp stamp) {
        return Optional.ofNullable(seen.get(name))
                .filter(s -> s.stamp().equals(stamp))
                .map(Seen::content);
    }

    /** Notes what is in a file that has this stamp, and would have another if it changed. */
    void saw(String name, FileStamp stamp, Identifier content) {
        seen.put(name, new Seen(content, stamp));
    }

    /** Forgets what was read of other files. */
    void keepSeen(Set<String> names) {
        seen.keySet().retainAll(names);
    }

    /** What was put into the trash lately, by its name there. */
    Map<String, Kept> kept() {
        return Map.copyOf(kept);
    }

    void kept(String file, Kept what) {
        kept.put(file, what);
        if (kept.size() > KEPT) {
            kept.remove(kept.keySet().iterator().next());
        }
    }

    void forgetKept(String file) {
        kept.remove(file);
    }
}
