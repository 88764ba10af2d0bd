package dev.chord.node.cli;

import dev.chord.client.Listing;
import dev.chord.client.NameEntry;
import dev.chord.client.Ring;
import dev.chord.client.content.FileName;
import dev.chord.node.gateway.Views;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code chord watch}: what becomes of names. */
@Command(
        name = "watch",
        description = {
            "Show what becomes of the names that begin with PREFIX, until Ctrl-C.",
            "While part of the ring does not answer a line says so, and nothing is taken for removed."
        },
        mixinStandardHelpOptions = true)
final class WatchCommand extends RingVerb {
    @Parameters(arity = "0..1", paramLabel = "PREFIX", description = "default: all")
    String prefix = "";

    private long id;

    @Override
    int run(Ring ring, Output out) {
        Map<String, NameEntry> known = byName(ring.names().list(prefix));
        out.note(known.size() + " names now");
        boolean gap = false;
        while (true) {
            try {
                TimeUnit.SECONDS.sleep(1);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return 0;
            }
            Listing listing = ring.names().list(prefix);
            Map<String, NameEntry> now = byName(listing);
            boolean complete = listing.coverage().complete();
            if (!complete && !gap) {
                out.note("part of the ring does not answer");
            }
            gap = !complete;
            tell(known, now, complete, out);
            if (!complete) {
                known.forEach(now::putIfAbsent);
            }
            known = now;
        }
    }

    private static Map<String, NameEntry> byName(Listing listing) {
        Map<String, NameEntry> names = new TreeMap<>();
        listing.names().forEach(e -> names.put(e.name(), e));
        return names;
    }

    private void tell(Map<String, NameEntry> before, Map<String, NameEntry> now, boolean complete, Output out) {
        now.forEach((name, entry) -> {
            NameEntry old = before.get(name);
            if (old == null) {
                event("added", entry, out);
            } else if (entry.version().newerThan(old.version())) {
                event("changed", entry, out);
            }
        });
        before.forEach((name, entry) -> {
            if (complete && !now.containsKey(name)) {
                event("removed", entry, out);
            }
        });
    }

    private void event(String what, NameEntry entry, Output out) {
        Map<String, Object> value = new LinkedHashMap<>();
        value.put("id", ++id);
        value.put("event", what);
        value.putAll(Views.name(entry));
        out.line(value, id + "  " + what + "  v" + entry.version().number() + "  " + FileName.printable(entry.name()));
    }
}
