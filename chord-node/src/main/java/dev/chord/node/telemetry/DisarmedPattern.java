package dev.chord.node.telemetry;

import ch.qos.logback.classic.PatternLayout;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.pattern.MessageConverter;
import ch.qos.logback.classic.pattern.ThrowableProxyConverter;
import ch.qos.logback.classic.spi.ILoggingEvent;
import dev.chord.core.bounds.Disarmed;

/**
 * Writes log lines in which nothing is left of what a peer may have put into a name, a host or a reason for a
 * terminal to obey, or to look like a line of its own.
 */
final class DisarmedPattern extends PatternLayoutEncoder {
    @Override
    public void start() {
        PatternLayout lines = new PatternLayout();
        lines.getInstanceConverterMap().put("msg", Message::new);
        lines.getInstanceConverterMap().put("ex", Failure::new);
        lines.setContext(context);
        lines.setPattern(getPattern());
        lines.start();
        this.layout = lines;
        started = true;
    }

    private static final class Message extends MessageConverter {
        @Override
        public String convert(ILoggingEvent event) {
            return Disarmed.line(super.convert(event));
        }
    }

    // The lines of a stack trace are lines; what begins otherwise stands in a message.
    private static final class Failure extends ThrowableProxyConverter {
        @Override
        public String convert(ILoggingEvent event) {
            StringBuilder out = new StringBuilder();
            super.convert(event)
                    .lines()
                    .forEach(line -> out.append(line.isEmpty() || line.charAt(0) == '\t' ? "" : "\t")
                            .append(Disarmed.lines(line))
                            .append('\n'));
            return out.toString();
        }
    }
}
