package dev.chord.node.gateway;

import io.javalin.http.Handler;
import java.util.List;

/**
 * One operation of the REST interface: what is served and what the OpenAPI document says come from the same list.
 *
 * @param path as Javalin writes it: {@code {x}} without slashes, {@code <x>} with them
 * @param parameters in the query or in headers
 * @param statuses that a right request can get
 */
record Route(
        String method,
        String path,
        String summary,
        List<Parameter> parameters,
        List<Integer> statuses,
        Handler handler) {
    /** Something that a caller may say besides the path. */
    record Parameter(String where, String name, String description) {
        static Parameter query(String name, String description) {
            return new Parameter("query", name, description);
        }

        static Parameter header(String name, String description) {
            return new Parameter("header", name, description);
        }
    }

    static Route get(String path, String summary, Handler handler, Parameter... parameters) {
        return new Route("GET", path, summary, List.of(parameters), List.of(200), handler);
    }

    static Route of(String method, String path, String summary, int status, Handler handler, Parameter... parameters) {
        return new Route(method, path, summary, List.of(parameters), List.of(status), handler);
    }

    /** Whether it changes something. */
    boolean writes() {
        return !method.equals("GET") && !method.equals("HEAD");
    }
}
