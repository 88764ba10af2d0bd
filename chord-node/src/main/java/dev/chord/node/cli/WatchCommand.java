package dev.chord.node.cli;

import dev.chord.client.NameEvent;
import dev.chord.client.NameWatch;
import dev.chord.client.Ring;
import dev.chord.client.content.FileName;
import dev.chord.node.gateway.Views;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code chord watch}: what becomes of names. */
@Command(
        name = "watch",
        description = {
            "Show what becomes of the names that begin with PREFIX, as it happens, until Ctrl-C.",
            "While part of the ring does not answer a line says so; what happened there is told when it does again."
        },
        mixinStandardHelpOptions = true)
final class WatchCommand extends RingVerb {
    @Parameters(arity = "0..1", paramLabel = "PREFIX", description = "default: all")
    String prefix = "";

    @Override
    int run(Ring ring, Output out) {
        AtomicLong present = new AtomicLong();
        CountDownLatch readerGone = new CountDownLatch(1);
        try (NameWatch watch = ring.names().watch(prefix, event -> {
            show(event, present, out);
            if (out.broken()) {
                readerGone.countDown(); // the other end of the pipe
            }
        })) {
            readerGone.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return 0;
    }

    private static void show(NameEvent event, AtomicLong present, Output out) {
        switch (event.kind()) {
            case PRESENT -> present.incrementAndGet();
            case WHOLE -> out.note(present.get() >= 0 ? present.getAndSet(-1) + " names now" : event.detail());
            case GAP -> out.note("part of the ring does not answer: " + event.detail());
            default -> {
                String version =
                        event.entry().map(e -> "  v" + e.version().number()).orElse("");
                String kind = event.kind().name().toLowerCase(Locale.ROOT);
                out.line(
                        Views.event(event),
                        event.id() + "  " + kind + version + "  " + FileName.printable(event.name()));
            }
        }
    }
}
