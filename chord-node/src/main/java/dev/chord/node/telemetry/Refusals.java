package dev.chord.node.telemetry;

import dev.chord.client.wire.MalformedMessageException;
import dev.chord.core.bounds.Disarmed;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What was passed over because no conforming peer sends it, or because it could not be handled: told once of
 * each kind and place, then counted. Thread-safe; labels are bounded.
 */
public final class Refusals {
    private static final Logger log = LoggerFactory.getLogger(Refusals.class);
    private static final String OURS = "chord.v1.";

    private final MeterRegistry registry;
    private final Set<String> told = ConcurrentHashMap.newKeySet();

    public Refusals(MeterRegistry registry) {
        this.registry = registry;
    }

    /**
     * Something came in that is not acceptable.
     *
     * @param where the service it came to, or what it was an answer to: one of few
     */
    public void note(String where, MalformedMessageException why) {
        String service = where.startsWith(OURS) ? where.substring(OURS.length()) : where;
        String reason = why.fault().label();
        registry.counter("chord.wire.refused", "service", service, "reason", reason)
                .increment();
        if (told.add(service + " " + reason)) {
            log.warn(
                    "{} refused a message: {}; more of the kind ({}) are counted, not logged",
                    service,
                    Disarmed.line(String.valueOf(why.getMessage())),
                    reason);
        }
    }

    /**
     * Something failed in a way nobody thought of, and the rest goes on without it.
     *
     * @param where what was being done: one of few
     */
    public void failed(String where, Throwable why) {
        String reason = why.getClass().getSimpleName();
        registry.counter("chord.faults", "where", where).increment();
        if (told.add(where + " " + reason)) {
            log.error(
                    "{} met a bug and goes on without what caused it; more of the kind are counted, not logged",
                    where,
                    why);
        }
    }
}
