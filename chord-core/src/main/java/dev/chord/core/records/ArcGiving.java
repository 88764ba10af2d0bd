package dev.chord.core.records;

import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.placement.Fingerprints;
import dev.chord.core.protocol.Command;
import dev.chord.core.protocol.Outcome;
import dev.chord.core.records.Question.Batch;
import dev.chord.core.records.Question.Released;
import dev.chord.core.records.RecordHost.Sink;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Gives arcs of keys to other members: stop writing, wait for the writes that are under way, send the rest,
 * let go; in that order. Belongs to one engine.
 */
final class ArcGiving {
    private final RecordEngine engine;
    private final Set<Long> writing = new HashSet<>(); // their tokens
    private long lastToken;
    private final List<Drain> drains = new ArrayList<>();

    private record Drain(Set<Long> awaited, Runnable then) {}

    ArcGiving(RecordEngine engine) {
        this.engine = engine;
    }

    // ---- writes under way

    /** Returns a token with which the write is to be ended. */
    long beginWriting() {
        writing.add(++lastToken);
        return lastToken;
    }

    void endWriting(long token) {
        writing.remove(token);
        List<Drain> over = new ArrayList<>();
        for (Drain drain : drains) {
            drain.awaited.remove(token);
            if (drain.awaited.isEmpty()) {
                over.add(drain);
            }
        }
        drains.removeAll(over);
        over.forEach(drain -> drain.then.run());
    }

    /** Runs it when no write is under way that began before. */
    void drained(Runnable then) {
        if (writing.isEmpty()) {
            then.run();
        } else {
            drains.add(new Drain(new HashSet<>(writing), then));
        }
    }

    // ---- copies

    void serve(Question.Pull asked, Sink<Batch> out) {
        if (asked.here().isEmpty()) {
            send(asked.arc(), asked.since(), record -> true, out, whole -> finish(whole, out));
            return;
        }
        engine.host().disk().fingerprints(asked.arc(), ours -> {
            if (ours.isEmpty()) {
                out.refuse("the disk cannot be read");
                return;
            }
            Fingerprints theirs = asked.here().get();
            Differences differences = new Differences(ours.get(), theirs);
            send(asked.arc(), asked.since(), r -> differences.in(r.key()), out, whole -> finish(whole, out));
        });
    }

    private static void finish(boolean whole, Sink<Batch> out) {
        if (whole) {
            out.end();
        } else {
            out.refuse("the disk cannot be read, or nobody listens any more");
        }
    }

    // Everything up to the moment in which there is no more.
    private void send(Arc arc, long since, Predicate<Record> wanted, Sink<Batch> out, Consumer<Boolean> then) {
        engine.host().disk().changes(arc, since, page -> {
            if (page.isEmpty() || page.get().records().isEmpty()) {
                then.accept(page.isPresent());
                return;
            }
            long position = page.get().position();
            List<Record> records = page.get().records().stream().filter(wanted).toList();
            out.send(new Batch(records, position, Optional.empty()), there -> {
                if (there) {
                    send(arc, position, wanted, out, then);
                } else {
                    then.accept(false);
                }
            });
        });
    }

    // ---- giving up

    void serve(Question.Release asked, Sink<Batch> out) {
        Identifier member = asked.target();
        if (engine.member(member).isEmpty()) {
            out.refuse("no member " + member + " in this process");
            return;
        }
        Command giving = new Command.StartGiving(asked.arc(), asked.taker(), asked.asHead());
        engine.host().command(member, giving, outcome -> {
            if (!(outcome instanceof Outcome.Giving gift)) {
                String why = outcome instanceof Outcome.Declined declined ? declined.reason() : outcome.toString();
                out.refuse("not handed over: " + why);
            } else if (gift.arc().isPresent()) {
                drained(() -> rest(asked, gift, out));
            } else {
                rest(asked, gift, out);
            }
        });
    }

    private void rest(Question.Release asked, Outcome.Giving gift, Sink<Batch> out) {
        send(asked.arc(), asked.since(), record -> true, out, whole -> {
            if (gift.arc().isEmpty()) {
                last(gift, whole, out);
                return;
            }
            engine.host().command(asked.target(), new Command.StopGiving(whole), done -> last(gift, whole, out));
        });
    }

    private void last(Outcome.Giving gift, boolean whole, Sink<Batch> out) {
        if (!whole) {
            finish(false, out);
            return;
        }
        Released end = new Released(
                gift.arc().isPresent(), gift.settled(), engine.holder().epoch());
        out.only(new Batch(List.of(), 0, Optional.of(end)));
    }
}
