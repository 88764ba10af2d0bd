package dev.chord.node.cli;

import java.lang.reflect.Proxy;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a node does about SIGHUP, which a terminal that closes and careless log rotation send: it goes on. */
final class Hangup {
    private static final Logger log = LoggerFactory.getLogger(Hangup.class);

    private Hangup() {}

    /**
     * From now on SIGHUP is told in the log, and nothing else. By reflection, because the only door to
     * signals is a class that javac warns of; where it is missing, or somebody else has the signal, the
     * launcher's own care remains.
     */
    static void ignored() {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            Object telling = Proxy.newProxyInstance(
                    handler.getClassLoader(), new Class<?>[] {handler}, (self, method, arguments) -> {
                        if (method.getName().equals("handle")) {
                            log.info("SIGHUP: settings are read at the start only; this node goes on");
                        }
                        return method.getReturnType() == boolean.class ? self == arguments[0] : null;
                    });
            signal.getMethod("handle", signal, handler)
                    .invoke(null, signal.getConstructor(String.class).newInstance("HUP"), telling);
        } catch (ReflectiveOperationException | RuntimeException e) {
            log.debug("SIGHUP is left as it is", e);
        }
    }
}
